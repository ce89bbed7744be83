import { setTimeout as sleep } from 'node:timers/promises';
import { loadWhile, until } from '../support';
import { ask, everySliceReady, mailbox, post, siteUrl } from './site';

/** Has a release made under 100 requests a second and four comments, and finds that no request failed and no job was lost. */
export async function releasedUnderLoad(release: string, make: () => Promise<unknown>): Promise<void> {
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
  const { sent, failures } = await loadWhile(`${await siteUrl()}/`, 100, async () => {
    const commenting = comments();
    try {
      await sleep(2000);
      await make();
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
}
