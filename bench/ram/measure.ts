import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIL, SITE, pageAnswers } from '../../e2e/seed/site';
import { addressOf } from '../../e2e/kubernetes';
import { Load } from './load';
import { Peaks, restartsOf, slicePods } from './memory';
import { Run } from './report';

/** How often the kubelets are asked; they look every ten seconds themselves. */
const SAMPLE_SECONDS = 10;

/** Drives the site for so many seconds. */
export async function measure(seconds: number): Promise<Run> {
  await pageAnswers();
  const load = new Load(await addressOf(MAIL, 'seed-mail-smtp'));
  await load.prepare();
  const before = await slicePods([SITE, MAIL]);
  const peaks = new Peaks(before);
  const busy = busyCpu();
  let over = false;
  const sampling = (async () => {
    while (!over) {
      // A kubelet that is too busy to answer is asked again.
      await peaks.sample().catch((error: Error) => console.error(`a sample is missing: ${error.message}`));
      await sleep(SAMPLE_SECONDS * 1000);
    }
  })();
  await load.run(seconds);
  const cpuPercent = busy();
  over = true;
  await sampling;
  await peaks.sample();
  return {
    date: new Date().toISOString().slice(0, 10),
    seconds,
    cpuPercent,
    peaks: peaks.all(),
    restarts: changes(restartsOf(before), restartsOf(await slicePods([SITE, MAIL]))),
    tally: load.tally,
  };
}

/** What restarted, or is another pod, or is gone. */
function changes(before: Map<string, string>, after: Map<string, string>): string[] {
  const known = [...before].filter(([name, count]) => after.get(name) !== count);
  const fresh = [...after].filter(([name]) => !before.has(name));
  return [...known.map(([name]) => `${name}: ${after.get(name) ?? 'gone'}`), ...fresh.map(([name]) => `${name}: new`)];
}

/** The share of the processors' time that is used from now on, in percent. */
function busyCpu(): () => number {
  const times = () =>
    cpus().reduce(
      ({ idle, all }, { times: each }) => ({
        idle: idle + each.idle,
        all: all + Object.values(each).reduce((sum, time) => sum + time, 0),
      }),
      { idle: 0, all: 0 },
    );
  const start = times();
  return () => {
    const end = times();
    return 100 * (1 - (end.idle - start.idle) / (end.all - start.all));
  };
}
