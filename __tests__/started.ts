import { ChildProcess, SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Kills the groups of processes that it was told of and not told to forget, once its input ends. That is so when the tests of
 * a file have ended (`environment.js`), and when the process of the tests is gone, for whatever reason.
 */
const KEEPER = `
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) kept=; for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done; groups=$kept ;;
  esac
done
for each in $groups; do kill -s KILL -- "-$each"; done 2>/dev/null
exit 0`;

declare global {
  /** What `environment.js` ends. */
  var programsKeeper: ChildProcess | undefined;
}

function keeper(): ChildProcess {
  if (globalThis.programsKeeper) return globalThis.programsKeeper;
  const made = spawn('sh', ['-c', KEEPER], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  made.unref();
  (made.stdin as unknown as { unref(): void }).unref();
  return (globalThis.programsKeeper = made);
}

/**
 * Starts a program that ends no later than the tests of its file, whatever becomes of them. As in a container, the end of
 * the program ends those that it started.
 */
export function startProgram(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const { stdin } = keeper();
  if (!stdin!.writable) throw new Error(`${program} is started after the tests of its file have ended`);
  const started = spawn(program, args, { stdio: 'ignore', ...options, detached: true });
  const { pid } = started;
  if (pid === undefined) return started;
  stdin!.write(`+ ${pid}\n`);
  started.once('exit', () => {
    killGroup(pid);
    if (stdin!.writable) stdin!.write(`- ${pid}\n`);
  });
  return started;
}

/** Has a program end by a signal; where it does not within this time, it is killed with those that it started. */
export async function endProgram(
  program: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
  milliseconds = 10_000,
): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null || program.pid === undefined) return;
  const ended = once(program, 'exit');
  program.kill(signal);
  const stop = new AbortController();
  const late = sleep(milliseconds, true, { signal: stop.signal }).catch(() => false);
  if (await Promise.race([ended.then(() => false), late])) killGroup(program.pid);
  stop.abort();
  await ended;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
