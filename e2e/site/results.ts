import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../kubernetes';
import type { Loss } from './losses';

const FILE = join(ROOT, 'bench/site.json');

/** A loss that is kept. */
export interface Recorded extends Loss {
  readonly site: string;
  /** What is compared: the library as it is, or something else that was done to the site. */
  readonly variant: string;
}

export function recorded(): Recorded[] {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Recorded[]) : [];
}

export function record(result: Recorded): void {
  writeFileSync(FILE, `${JSON.stringify([...recorded(), result], undefined, 2)}\n`);
}
