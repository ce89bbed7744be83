import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { send, sleep } from './cluster';

/** A process of this machine, and of the node that it is part of. */
interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** Stops every process of a node, which answers no more but for its kernel. The node has to be on this machine. */
export async function hang(node: string): Promise<void> {
  // What was begun while the others were being stopped is stopped by the second round.
  for (let round = 0; round < 2; round++) {
    send(processesOf(node), 'SIGSTOP');
    await sleep(10);
  }
}

/** Lets them go on. */
export async function resume(node: string): Promise<void> {
  send(processesOf(node), 'SIGCONT');
}

/** The processes of a node: those that come of the first one in the namespace of its kubelet. */
function processesOf(node: string): number[] {
  const all = everyProcess();
  const kubelet = all.find(({ pid }) => isKubeletOf(pid, node));
  if (!kubelet) throw new Error(`no kubelet of ${node} runs on this machine`);
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const namespace = namespaceOf(kubelet.pid);
  let first = kubelet.pid;
  for (let parent = parents.get(first) ?? 0; namespaceOf(parent) === namespace; parent = parents.get(first) ?? 0)
    first = parent;
  const isOurs = (pid: number): boolean => pid === first || (pid > 1 && isOurs(parents.get(pid) ?? 0));
  return all.map(({ pid }) => pid).filter(isOurs);
}

function everyProcess(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [, parent] = /^PPid:\s*(\d+)/m.exec(read(`/proc/${name}/status`)) ?? [];
      return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }];
    });
}

function isKubeletOf(pid: number, node: string): boolean {
  const [program = '', ...words] = read(`/proc/${pid}/cmdline`).split('\0');
  return program.endsWith('/kubelet') && words.some((word) => word.split(/[=/]/).includes(node));
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** A process that has ended meanwhile has no files. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
