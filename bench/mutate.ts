/**
 * Makes small mistakes in a copy of the repository, one after the other, and tells which of them no test notices.
 *
 * `npm run mutate` tries the table of bench/mutate/table.ts and writes bench/mutations.md; with words, only the mutations of files
 * whose path contains one, and nothing is written. `npm run mutate -- --all cli/status.ts __tests__/status.test.ts` tries every
 * mutation of a file that bench/mutate/operators.ts makes, against these tests, and prints the survivors.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Mutation, Outcome } from './mutate/mutation';
import { mutated } from './mutate/mutation';
import { mutationsOf } from './mutate/operators';
import { report } from './mutate/report';
import type { Run } from './mutate/report';
import { MUTATIONS } from './mutate/table';
import { Tree } from './mutate/tree';

const ROOT = resolve(__dirname, '..');
const RECORD = join(__dirname, 'mutations.json');

/** @throws where the table is older than a source, with all such places. */
function checkTable(mutations: readonly Mutation[]): void {
  const stale = mutations.flatMap((mutation) => {
    try {
      mutated(mutation, readFileSync(join(ROOT, mutation.file), 'utf8'));
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
  if (stale.length > 0)
    throw new Error(`bench/mutate has changes of texts that are not there any more:\n${stale.join('\n')}`);
}

function tried(mutations: readonly Mutation[]): Outcome[] {
  checkTable(mutations);
  const tree = new Tree();
  try {
    const failing = tree.firstFailure([...new Set(mutations.flatMap(({ tests }) => tests))]);
    if (failing !== undefined) throw new Error(`it fails without a mutation: ${failing}`);
    return mutations.map((mutation) => {
      const outcome = tree.try(mutation);
      const { file, from, to, killedBy } = outcome;
      console.log(killedBy === undefined ? `SURVIVED ${file}\n  - ${from}\n  + ${to}` : `killed ${file}: ${killedBy}`);
      return outcome;
    });
  } finally {
    tree.remove();
  }
}

function writeReport(): void {
  writeFileSync(join(__dirname, 'mutations.md'), report(JSON.parse(readFileSync(RECORD, 'utf8')) as Run));
}

function main(args: string[]): void {
  const [first, file = '', ...tests] = args;
  if (first === '--report') return writeReport();
  const everything = first === '--all' ? mutationsOf(file, readFileSync(join(ROOT, file), 'utf8'), tests) : undefined;
  const chosen =
    args.length === 0 ? MUTATIONS : MUTATIONS.filter((each) => args.some((word) => each.file.includes(word)));
  const outcomes = tried(everything ?? chosen);
  const survivors = outcomes.filter(({ killedBy }) => killedBy === undefined);
  console.log(`${outcomes.length} mutations, ${survivors.length} survived`);
  process.exitCode = survivors.length > 0 ? 1 : 0;
  if (args.length > 0) return;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  const run: Run = { date: new Date().toISOString().slice(0, 10), commit, outcomes };
  writeFileSync(RECORD, `${JSON.stringify(run, null, 2)}\n`);
  writeReport();
}

main(process.argv.slice(2));
