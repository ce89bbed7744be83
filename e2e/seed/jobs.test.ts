import { podsOf, ready, until } from '../support';
import { onTheSite } from './on-the-site';
import { SITE, arrived, kill, post, text, value } from './site';

onTheSite('job workers', () => {
  test('it handles notifications and sends email: a comment ends in a mailbox', async () => {
    await post('/subscription', { user: 'mark', email: 'mark@mailbox.example' });
    const id = await post('/entry', { user: 'mark', subject: 'a subject', body: 'a body' });
    await post(`/entry/${id}/comment`, { author: 'denise', body: 'a comment of its own' });
    await until('the email', () => arrived('a comment of its own'), 60);
  });

  test('a worker that dies in the middle of its job loses none: it is run again', async () => {
    await post('/subscription', { user: 'afuna', email: 'slow@mailbox.example' });
    const id = await post('/entry', { user: 'afuna', subject: 'a second', body: 'a body' });
    await post(`/entry/${id}/comment`, { author: 'denise', body: 'killed on its way' });
    const started = "FROM job_run WHERE worker LIKE '%Email' AND finished = FALSE";
    await until('a start of its job', async () => Number(await value(`SELECT COUNT(*) ${started}`)) > 0, 60);
    const job = await value(`SELECT MAX(job) ${started}`);
    expect(await arrived('killed on its way')).toBe(false);
    await kill((await podsOf(SITE, 'jobs'))[0]);
    await until('the email', () => arrived('killed on its way'), 180);
    const finished = async () => (await value(`SELECT SUM(finished) FROM job_run WHERE job = ${job}`)) === '1';
    await until('the account of its end', finished);
    expect(await value(`SELECT COUNT(*) FROM job_run WHERE job = ${job}`)).toBe('2');
    await ready(SITE, ['seed-jobs']);
  });

  test('all of the imports are handled by this machine too', async () => {
    const name = `other-${Date.now()}`;
    await post('/import', { user: 'mark', name, lines: 'imported one\nimported two' });
    await until('the import', async () => /imported two[^]*imported one/.test(await text('/')), 60);
    expect(await value(`SELECT COUNT(*) FROM entry WHERE source_key LIKE 'import/mark/${name}/%'`)).toBe('2');
  });
});
