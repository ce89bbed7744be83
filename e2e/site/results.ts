import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../kubernetes';
import type { LossForGood } from './for-good';
import type { Loss } from './losses';

const FILE = join(ROOT, 'bench/site.json');
const FOR_GOOD = join(ROOT, 'bench/site-for-good.json');

/** A loss that is kept. */
export interface Recorded extends Loss {
  readonly site: string;
  /** What is compared: the library as it is, or something else that was done to the site. */
  readonly variant: string;
}

/** A loss for good that is kept. */
export interface RecordedForGood extends LossForGood {
  readonly site: string;
}

export function recorded(): Recorded[] {
  return read(FILE) as Recorded[];
}

export function recordedForGood(): RecordedForGood[] {
  return read(FOR_GOOD) as RecordedForGood[];
}

export function record(result: Recorded): void {
  write(FILE, [...recorded(), result]);
}

export function recordForGood(result: RecordedForGood): void {
  write(FOR_GOOD, [...recordedForGood(), result]);
}

function read(file: string): unknown[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown[]) : [];
}

function write(file: string, results: readonly object[]): void {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
