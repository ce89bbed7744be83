import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { mutated } from './mutation';
import type { Mutation, Outcome } from './mutation';

const ROOT = resolve(__dirname, '../..');

/** These compare with a committed file, and so notice any change; a mutation has to die by a test of behaviour. */
const GOLDEN = ['dist is what synth gives', 'is what agent/ gives'];

/** A copy of the working tree, in which one mutation after the other is tried. */
export class Tree {
  private readonly folder = mkdtempSync(join(tmpdir(), 'mutate-'));

  public constructor() {
    const list = (...options: string[]) =>
      execFileSync('git', ['ls-files', '-z', ...options], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 }).split(
        '\0',
      );
    const sources = list('--cached', '--others', '--exclude-standard', '--deduplicate');
    // What `npm run build:agent` made of them.
    const bundles = list('--others', '--ignored', '--exclude-standard', 'constructs');
    const files = [...sources, ...bundles];
    for (const file of files.filter((each) => each !== '')) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.folder, file), { force: true, verbatimSymlinks: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Runs the tests of each mutation against it; the first run, without any, has to pass. */
  public try(mutation: Mutation): Outcome {
    const path = join(this.folder, mutation.file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, mutated(mutation, original));
    try {
      return {
        ...mutation,
        killedBy: this.bundled(mutation) ? this.firstFailure(mutation.tests) : 'npm run build:agent',
      };
    } finally {
      writeFileSync(path, original);
      this.bundled(mutation);
    }
  }

  /** The name of the first test that fails. */
  public firstFailure(tests: readonly string[]): string | undefined {
    const report = join(this.folder, 'report.json');
    const others = `^(?!.*(${GOLDEN.join('|')}))`;
    const args = ['--ci', '--silent', '--maxWorkers=2', '--json', `--outputFile=${report}`, '-t', others, ...tests];
    rmSync(report, { force: true });
    const jest = join(this.folder, 'node_modules/jest/bin/jest.js');
    const { status } = spawnSync(process.execPath, [jest, ...args], {
      cwd: this.folder,
      stdio: 'ignore',
      timeout: 180_000,
    });
    if (status === null) return 'the time that tests may take';
    if (!existsSync(report)) return 'jest, which ended without a report';
    return failureIn(readFileSync(report, 'utf8'));
  }

  public remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** The tests of the agent run its sources, all others what is bundled of them. */
  private bundled({ file, tests }: Mutation): boolean {
    const isInBundle = /^(agent|contract)\//.test(file);
    return !isInBundle || tests.every((each) => each.startsWith('__tests__/agent/')) || this.bundle();
  }

  private bundle(): boolean {
    const { status } = spawnSync('npx', ['tsx', 'agent/bundle.ts'], { cwd: this.folder, stdio: 'ignore' });
    return status === 0;
  }
}

interface Report {
  readonly success: boolean;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** @throws where no test ran, as a mutation would then survive for nothing. */
export function failureIn(json: string): string | undefined {
  const { success, numTotalTests, testResults } = JSON.parse(json) as Report;
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed');
  if (failed) return failed.fullName;
  if (!success) return 'a test file that does not load';
  if (numTotalTests === 0) throw new Error('no test was run');
  return undefined;
}
