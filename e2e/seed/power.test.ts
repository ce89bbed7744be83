import { get } from '../support';
import { Prober, outage } from '../failover/prober';
import { setTimeout as sleep } from 'node:timers/promises';
import { withPower } from '../with-power';
import { onTheSite } from './on-the-site';
import { ask, everySliceReady, pageAnswers, siteUrl, withoutPower } from './site';

/** For how long a client goes on asking after the power went. */
const SECONDS = 40;

/** Until when, at most, each kind of request is answered again. */
const PROMISED = { static: 5, page: 15, write: 30 };

/** A client with little patience, which writes again and again: the longest time between two that were accepted, in seconds. */
async function writing(url: string, isOver: () => boolean): Promise<number> {
  let last = performance.now();
  let longest = 0;
  while (!isOver()) {
    const body = new URLSearchParams({ user: 'power', email: 'power@mailbox.example' });
    const signal = AbortSignal.timeout(5000);
    const accepted = await fetch(`${url}/subscription`, { method: 'POST', body, signal }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (accepted) {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    await sleep(200);
  }
  return Math.max(longest, performance.now() - last) / 1000;
}

onTheSite('each node without power in turn', () => {
  withPower('the site is back within the time that is promised', async () => {
    await everySliceReady();
    await pageAnswers();
    const nodes = (await get('nodes')).items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    const seen: Record<string, typeof PROMISED> = {};
    for (const name of nodes) {
      const url = await siteUrl();
      await ask('/');
      const statics = new Prober(`${url}/stc/journal.css`, 10, 2000);
      const pages = new Prober(`${url}/`, 10, 5000);
      let over = false;
      const writes = writing(url, () => over);
      await sleep(1000);
      try {
        await withoutPower(name, async () => {
          await sleep(SECONDS * 1000);
          over = true;
          seen[name] = {
            static: outage(await statics.stop()).seconds,
            page: outage(await pages.stop()).seconds,
            write: await writes,
          };
        });
      } finally {
        over = true;
        await Promise.all([statics.stop(), pages.stop(), writes]);
      }
      process.stderr.write(`${name} without power: ${JSON.stringify(seen[name])}\n`);
    }
    for (const name of nodes) {
      expect([name, seen[name]?.static]).toEqual([name, expect.any(Number)]);
      for (const kind of ['static', 'page', 'write'] as const) {
        expect(`${name} ${kind}: ${(seen[name]?.[kind] ?? Infinity) <= PROMISED[kind]}`).toBe(`${name} ${kind}: true`);
      }
    }
  });
});
