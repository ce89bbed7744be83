import { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from './support';
import { freePorts } from './servers';
import { endProgram, startProgram } from './started';

/** Both programs of a slice, as processes of this machine. */
export interface PhpSlice {
  readonly url: string;
  readonly statusUrl: string;
  readonly phpFpm: ChildProcess;
  readonly nginx: ChildProcess;
  /** Stops what still runs. */
  stop(): Promise<void>;
}

/** Starts what a pod says, with the document root that it names in a folder that has these files. */
export async function startSlice(
  pod: Manifest,
  config: Record<string, string>,
  files: Record<string, string>,
  environment: Record<string, string>,
): Promise<PhpSlice> {
  const root = mkdtempSync(join(tmpdir(), 'php-fpm-'));
  chmodSync(root, 0o755);
  const [port, status] = await freePorts(2);
  const here = (text: string) =>
    text
      .replaceAll('/run/php-fpm', `${root}/run`)
      .replaceAll('/var/www/html', `${root}/html`)
      .replaceAll('/etc/slices/php-fpm', `${root}/etc`)
      .replaceAll(/\/dev\/std(out|err)/g, `${root}/log`)
      .replace('listen 8080', `listen ${port}`)
      .replace('listen 9253', `listen ${status}`);
  mkdirSync(join(root, 'run'));
  for (const [name, text] of Object.entries(config)) write(join(root, 'etc', name), here(text));
  for (const [path, text] of Object.entries(files)) write(join(root, 'html', path), text);
  const [phpFpm, nginx] = pod.containers.map(({ command }: Manifest) => run(command.map(here), environment));
  const slice = { url: `http://127.0.0.1:${port}`, statusUrl: `http://127.0.0.1:${status}/metrics`, phpFpm, nginx };
  const stop = async () => {
    for (const each of [phpFpm, nginx]) await endProgram(each);
  };
  for (let tries = 0; !['php-fpm.sock', 'nginx.pid'].every((name) => existsSync(join(root, 'run', name))); tries++) {
    if (tries > 200) await stop();
    if (tries > 200) throw new Error(readFileSync(join(root, 'log'), 'utf8'));
    await sleep(50);
  }
  return { ...slice, stop };
}

/** Root's nginx gives its workers to another user, who may not be known here. */
function run([program, ...options]: string[], environment: Record<string, string>): ChildProcess {
  const { uid, username } = userInfo();
  const own = uid === 0 ? options.map((each) => each.replace('daemon off;', `daemon off; user ${username};`)) : options;
  return startProgram(program as string, own, { env: { ...process.env, ...environment } });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
