import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import * as http from 'node:http';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function run(program: string, ...args: string[]): Promise<string> {
  return (await execute(program, args, { maxBuffer: 1 << 26 })).stdout.trim();
}

export const kubectl = (...args: string[]) => run('kubectl', ...args);

/** The program that makes faults of nodes, `off`, `on`, `cut` and `heal`: its path is in CLUSTER. */
export async function node(does: 'off' | 'on' | 'cut' | 'heal', name: string): Promise<void> {
  const program = process.env['CLUSTER'];
  if (!program)
    throw new Error('set CLUSTER to a program that takes "off NODE", "on NODE", "cut NODE" and "heal NODE"');
  // Once more tells a node that is off from one that could not be switched off; one that is on must not be switched on again.
  const again = async () => {
    if (does === 'on') await run(program, 'off', name).catch(() => '');
    return run(program, does, name);
  };
  await run(program, does, name).catch(again);
  if (does !== 'on') return;
  // Its kubelet ends where it is started before what it runs containers with, and nothing starts it again.
  await until(`the kubelet of ${name}`, () => answers(name), 30).catch(again);
  await forgetAddresses();
}

/** Whether the kubelet of a node can be asked through the API server. */
async function answers(name: string): Promise<boolean> {
  return (await kubectl('get', '--raw', `/api/v1/nodes/${name}/proxy/healthz`)) === 'ok';
}

/**
 * A node of a cluster on one machine comes back with another hardware address, and the others send to its former one for up to
 * ten seconds, until they ask. A real machine keeps its address.
 */
async function forgetAddresses(): Promise<void> {
  const networks = await run('ip', 'netns', 'list').catch(() => '');
  for (const name of networks.match(/^kube-\S+/gm) ?? []) await run('ip', '-n', name, 'neigh', 'flush', 'all');
}

export async function until(what: string, ready: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await ready().catch(() => false))) {
    if (performance.now() > end) throw new Error(`${what} did not come about within ${seconds} s`);
    await sleep(100);
  }
}

/** Asks over a new connection. Fails with what the network said, or after `timeoutMs`. */
export function get(
  url: string,
  timeoutMs: number,
  options: http.RequestOptions = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent: false, headers: { connection: 'close' }, ...options });
    const late = () => ((request.socket?.connecting ?? true) ? 'no connection in time' : 'no answer in time');
    const timer = setTimeout(() => request.destroy(new Error(late())), timeoutMs);
    request.on('close', () => clearTimeout(timer)).on('error', reject);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, body: body.trim() }));
    });
    request.end();
  });
}

/** The processes of a pod's container that run the program, as this machine numbers them: its nodes must be on it. */
export async function processes(namespace: string, pod: string, program: string): Promise<number[]> {
  const uid = await kubectl('-n', namespace, 'get', 'pod', pod, '-o', 'jsonpath={.metadata.uid}');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const inPod = readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(uid);
        return inPod && readlinkSync(`/proc/${pid}/exe`).split('/').pop()?.startsWith(program);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** A process that ended meanwhile has had its fault. */
export function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
