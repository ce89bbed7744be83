import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProgram, startProgram } from './started';

const JEST = require.resolve('jest/bin/jest');

/** Ignores TERM, and starts another program. Each writes its number. */
const STUBBORN = `trap '' TERM; sleep 600 & echo $! $$ > "$0.new"; mv "$0.new" "$0"; wait; sleep 600`;

const folder = () => mkdtempSync(join(tmpdir(), 'started-'));

async function numbers(file: string): Promise<number[]> {
  while (!existsSync(file)) await sleep(20);
  return readFileSync(file, 'utf8').trim().split(' ').map(Number);
}

/** Of these processes, those that run. */
const running = (pids: number[]) =>
  pids.filter((pid) => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));

async function untilEnded(pids: number[]): Promise<void> {
  while (running(pids).length > 0) await sleep(20);
}

/** Runs the tests of a file, the last of which starts the program and runs out of time. */
function runLate(seconds: number, numbersAt: string) {
  const root = folder();
  writeFileSync(
    join(root, 'late.test.js'),
    `const { startProgram } = require(${JSON.stringify(join(__dirname, 'started.ts'))});
     test('late', () => {
       startProgram('sh', ['-c', ${JSON.stringify(STUBBORN)}, ${JSON.stringify(numbersAt)}]);
       return new Promise(() => {});
     }, ${seconds * 1000});`,
  );
  const config = {
    rootDir: root,
    testEnvironment: join(__dirname, 'environment.js'),
    transform: { '^.+\\.ts$': [require.resolve('@swc/jest'), {}] },
  };
  return startProgram(process.execPath, [JEST, '--ci', '--runInBand', '--config', JSON.stringify(config)]);
}

test('a program that a test leaves behind when it runs out of time ends with the tests of the file', async () => {
  const at = join(folder(), 'numbers');
  const jest = runLate(2, at);
  const pids = await numbers(at);
  expect(running(pids)).toEqual(pids);
  expect(await once(jest, 'exit')).toEqual([1, null]);
  expect(running(pids)).toEqual([]);
});

test('a program ends when the process of its tests is killed', async () => {
  const at = join(folder(), 'numbers');
  const jest = runLate(600, at);
  const pids = await numbers(at);
  await endProgram(jest, 'SIGKILL');
  await untilEnded(pids);
});

test('a program that does not end by the signal is killed, with those that it started', async () => {
  const at = join(folder(), 'numbers');
  const program = startProgram('sh', ['-c', STUBBORN, at]);
  const pids = await numbers(at);
  await endProgram(program, 'SIGTERM', 300);
  expect(program.signalCode).toBe('SIGKILL');
  await untilEnded(pids);
  await endProgram(program);
});

test('the end of a program ends those that it started', async () => {
  const at = join(folder(), 'numbers');
  const program = startProgram('sh', ['-c', 'sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"', at]);
  await once(program, 'exit');
  await untilEnded(await numbers(at));
});

test('a program that is not there is no program to end', async () => {
  const program = startProgram('/no/such/program', []);
  expect((await once(program, 'error'))[0]).toMatchObject({ code: 'ENOENT' });
  await endProgram(program);
});
