import { ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { startProgram } from '../started';

/** The key of the store. */
export const KEY = { accessKey: 'GK0123456789', secretKey: 'the/secret+key=' };

/** Starts an S3 store with an empty bucket that takes nothing that its key has not signed. */
export async function startStore(bucket: string): Promise<{ readonly program: ChildProcess; readonly port: number }> {
  const key = { STORE_ACCESS_KEY: KEY.accessKey, STORE_SECRET_KEY: KEY.secretKey };
  const env = { ...process.env, ...key, STORE_BUCKET: bucket };
  const program = startProgram('python3', [join(__dirname, 'store.py')], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(program, 'exit').then(() => {
    throw new Error('the store ended before it listened');
  });
  const [line] = (await Promise.race([once(createInterface(program.stdout!), 'line'), ended])) as [string];
  return { program, port: Number(line) };
}

/** Does something with files as a program of a site does, whose variables begin with a prefix. Rejects with what it says. */
export async function asProgram(
  environment: Readonly<Record<string, string>>,
  prefix: string,
  ...action: string[]
): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...environment };
  const { stdout } = await promisify(execFile)('python3', [join(__dirname, 'client.py'), prefix, ...action], { env });
  return stdout;
}
