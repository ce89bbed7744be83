import { setTimeout as sleep } from 'node:timers/promises';
import { loadWhile, until } from '../support';
import { onTheSite } from './on-the-site';
import { applySite, ask, everySliceReady, mailbox, post, siteUrl } from './site';

onTheSite('a release of new code to web and jobs', () => {
  test('under 100 requests a second none fails, and no job is lost', async () => {
    await post('/subscription', { user: 'fu', email: 'fu@mailbox.example' });
    const id = await post('/entry', { user: 'fu', subject: 'a release', body: 'a body' });
    const words: string[] = [];
    let going = true;
    const comments = async () => {
      while (going) {
        const body = `released-${Date.now()}-${words.length}.`;
        await post(`/entry/${id}/comment`, { author: 'denise', body });
        words.push(body);
        await sleep(250);
      }
    };
    const release = `${Date.now()}`;
    const { sent, failures } = await loadWhile(`${await siteUrl()}/`, 100, async () => {
      const commenting = comments();
      try {
        await sleep(2000);
        await applySite({ release });
        await everySliceReady();
        await sleep(2000);
      } finally {
        going = false;
      }
      await commenting;
    });
    process.stderr.write(`a release: ${sent} requests, ${failures.length} failed, ${words.length} comments\n`);
    expect(failures).toEqual([]);
    expect((await ask('/')).headers.get('x-release')).toBe(release);
    expect(words.length).toBeGreaterThan(20);
    const box = await mailbox();
    await until(
      'an email of every comment',
      async () => {
        const read = await box.read();
        const missing = words.filter((each) => !read.includes(each));
        if (missing.length > 0) throw new Error(`${missing.length} of ${words.length} are missing: ${missing[0]}`);
        return true;
      },
      120,
    );
  });
});
