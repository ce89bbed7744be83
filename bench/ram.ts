/**
 * Drives the seed's site until the processors are full, and writes what every container took beside its limit into bench/ram.md:
 * `npm run bench:ram`. `-- SECONDS` for another time than ten minutes, `-- --report` writes the report from the last run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import setUp from '../e2e/seed/set-up';
import tearDown from '../e2e/seed/tear-down';
import { measure } from './ram/measure';
import { Run, report } from './ram/report';

const RECORD = join(__dirname, 'ram.json');
const REPORT = join(__dirname, 'ram.md');

async function main(argument = '600'): Promise<void> {
  if (argument !== '--report') {
    const seconds = Number(argument);
    if (!(seconds >= 10)) throw new Error(`'${argument}' is not a number of seconds from 10`);
    try {
      await setUp();
      writeFileSync(RECORD, `${JSON.stringify(await measure(seconds), null, 2)}\n`);
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
