import { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WORKER_INIT } from '../constructs/jobs/worker-init';
import { endProgram, startProgram } from './started';

/** Each shell that a worker's image may have as /bin/sh, of those that this machine has anyway. */
describe.each(['sh', 'bash'])('the init of workers in %s', (shell) => {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  const program = join(folder, 'run');
  let running: ChildProcess[] = [];
  writeFileSync(program, WORKER_INIT);

  afterEach(async () => {
    for (const each of running) await endProgram(each, 'SIGKILL');
    running = [];
  });

  function run(mode: 'again' | 'once', grace: number, worker: string): { init: ChildProcess; log: () => string } {
    const log = join(folder, `log-${running.length}-${Math.random()}`);
    writeFileSync(log, '');
    const init = startProgram(shell, [program, mode, String(grace), 'sh', '-c', worker.replaceAll('LOG', log)]);
    running.push(init);
    return { init, log: () => readFileSync(log, 'utf8') };
  }

  async function until(look: () => boolean): Promise<void> {
    while (!look()) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  const codeOf = async (init: ChildProcess) => (await once(init, 'exit')) as [number | null, string | null];

  test('a worker that ends by design is started again, no more than once a second', async () => {
    const { init, log } = run('again', 5, 'echo began >> LOG');
    const start = performance.now();
    await until(() => log().split('\n').length > 3);
    expect(performance.now() - start).toBeGreaterThan(1900);
    expect(init.exitCode).toBeNull();
  });

  test('a worker that fails ends the container with its own exit code', async () => {
    expect(await codeOf(run('again', 5, 'exit 7').init)).toEqual([7, null]);
  });

  test('a worker of a schedule runs once', async () => {
    const { init, log } = run('once', 5, 'echo began >> LOG');
    expect(await codeOf(init)).toEqual([0, null]);
    expect(log()).toBe('began\n');
  });

  test('a worker that is stopped finishes its job, and is not started again', async () => {
    const worker = `trap 'sleep 0.5; echo finished >> LOG; exit 0' TERM; echo began >> LOG; while :; do sleep 0.1; done`;
    const { init, log } = run('again', 5, worker);
    await until(() => log() !== '');
    init.kill('SIGTERM');
    expect(await codeOf(init)).toEqual([0, null]);
    expect(log()).toBe('began\nfinished\n');
  });

  test('a worker without a handler stops at once', async () => {
    const { init, log } = run('again', 600, 'echo began >> LOG; exec sleep 600');
    await until(() => log() !== '');
    init.kill('SIGTERM');
    expect(await codeOf(init)).toEqual([143, null]);
  });

  test('a worker that does not stop is killed at the end of its own grace', async () => {
    const { init, log } = run('again', 1, `trap '' TERM; echo began >> LOG; while :; do sleep 0.1; done`);
    await until(() => log() !== '');
    init.kill('SIGTERM');
    expect(await codeOf(init)).toEqual([137, null]);
  });

  test('a signal between two runs is not lost', async () => {
    const { init, log } = run('again', 5, 'echo began >> LOG');
    await until(() => log() !== '');
    init.kill('SIGTERM');
    const [code] = await codeOf(init);
    expect([0, 143]).toContain(code);
  });
});
