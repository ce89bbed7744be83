/**
 * Drives the seed's site until the processors are full, and writes what every container took beside its limit into bench/ram.md:
 * `npm run bench:ram`. `-- SECONDS` for another time than ten minutes, `-- --report` writes the report from the last run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import setUp from '../e2e/seed/set-up';
import { MAIL, SITE, pageAnswers } from '../e2e/seed/site';
import tearDown from '../e2e/seed/tear-down';
import { addressOf } from '../e2e/kubernetes';
import { Load } from './ram/load';
import { Peaks, restartsOf, slicePods } from './ram/memory';
import { Run, report } from './ram/report';

/** How often the kubelets are asked; they look every ten seconds themselves. */
const SAMPLE_SECONDS = 10;

const RECORD = join(__dirname, 'ram.json');
const REPORT = join(__dirname, 'ram.md');

async function run(seconds: number): Promise<Run> {
  await pageAnswers();
  const load = new Load(await addressOf(MAIL, 'seed-mail-smtp'));
  await load.prepare();
  const before = await slicePods([SITE, MAIL]);
  const peaks = new Peaks(before);
  const busy = busyCpu();
  let over = false;
  const sampling = (async () => {
    while (!over) {
      await peaks.sample();
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

async function main(argument = '600'): Promise<void> {
  if (argument !== '--report') {
    const seconds = Number(argument);
    if (!(seconds >= SAMPLE_SECONDS))
      throw new Error(`'${argument}' is not a number of seconds from ${SAMPLE_SECONDS}`);
    try {
      await setUp();
      writeFileSync(RECORD, `${JSON.stringify(await run(seconds), null, 2)}\n`);
    } finally {
      await tearDown();
    }
  }
  writeFileSync(REPORT, report(JSON.parse(readFileSync(RECORD, 'utf8')) as Run));
}

main(process.argv[2]).catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
