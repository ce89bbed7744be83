/** What is done to the pair while its clients write. Each puts everything back, and waits for nothing else. */
import { join } from 'node:path';
import { kubectl, node, processes, run, send, sleep, until } from '../failover/cluster';
import { NAMESPACE, PODS, ROOT, nodeOf, other, standing } from './pair';

export interface Fault {
  /** Whether someone meant it to happen: then writes may pause for a second at most. */
  readonly planned?: boolean;
  /** How often it is picked, against the others. */
  readonly weight: number;
  /** Harms a node, on which others may run something. */
  readonly node?: boolean;
  readonly make: () => Promise<void>;
}

const primary = async () => (await standing()).pod || PODS[0]!;

async function signal(pod: string, program: string, name: NodeJS.Signals): Promise<() => void> {
  const pids = await processes(NAMESPACE, pod, program);
  if (pids.length === 0) throw new Error(`no ${program} runs in ${pod} on this machine`);
  send(pids, name);
  return () => send(pids, 'SIGCONT');
}

async function stopFor(ms: number, pod: string, program: string): Promise<void> {
  const goOn = await signal(pod, program, 'SIGSTOP');
  await sleep(ms);
  goOn();
}

async function nodeFault(pod: string, begin: 'off' | 'cut', end: 'on' | 'heal'): Promise<void> {
  const name = await nodeOf(pod);
  try {
    await node(begin, name);
    await sleep(8_000);
  } finally {
    await node(end, name);
    await until(`${name} ready`, async () => / Ready /.test(await kubectl('get', 'node', name, '--no-headers')), 180);
    // Until its kube-proxy has caught up, it sends where it did before: what comes of that is this fault's, not the next one's.
    await sleep(12_000);
  }
}

export const FAULTS: Record<string, Fault> = {
  'mysqld of the primary killed': {
    weight: 8,
    make: async () => void (await signal(await primary(), 'mysqld', 'SIGKILL')),
  },
  'mysqld of the replica killed': {
    weight: 4,
    make: async () => void (await signal(other(await primary()), 'mysqld', 'SIGKILL')),
  },
  'both mysqld killed': {
    weight: 3,
    make: async () => void (await Promise.all(PODS.map((pod) => signal(pod, 'mysqld', 'SIGKILL')))),
  },
  'mysqld of the primary stopped for 5 s': { weight: 4, make: async () => stopFor(5_000, await primary(), 'mysqld') },
  'mysqld of the replica stopped for 5 s': {
    weight: 3,
    make: async () => stopFor(5_000, other(await primary()), 'mysqld'),
  },
  'agent of the primary stopped for 8 s': { weight: 5, make: async () => stopFor(8_000, await primary(), 'node') },
  'agent of the primary killed': {
    weight: 3,
    make: async () => void (await signal(await primary(), 'node', 'SIGKILL')),
  },
  'primary’s pod deleted at once': {
    weight: 3,
    make: async () => void (await kubectl('-n', NAMESPACE, 'delete', 'pod', await primary(), '--grace-period=1')),
  },
  'power of the primary’s node off for 8 s': {
    weight: 2,
    node: true,
    make: async () => nodeFault(await primary(), 'off', 'on'),
  },
  'primary’s node cut off for 8 s': {
    weight: 2,
    node: true,
    make: async () => nodeFault(await primary(), 'cut', 'heal'),
  },
  'replica’s node cut off for 8 s': {
    weight: 2,
    node: true,
    make: async () => nodeFault(other(await primary()), 'cut', 'heal'),
  },
  'switchover by command': {
    weight: 5,
    planned: true,
    make: async () => {
      await run('npx', 'tsx', join(ROOT, 'cli/main.ts'), 'switchover', 'db', NAMESPACE);
    },
  },
  'primary’s pod evicted, as by a drain': {
    weight: 5,
    planned: true,
    make: async () => void (await kubectl('-n', NAMESPACE, 'delete', 'pod', await primary(), '--wait=false')),
  },
  'replica’s volume and pod thrown away': {
    weight: 2,
    make: async () => {
      const pod = other(await primary());
      await kubectl('-n', NAMESPACE, 'delete', 'pvc', `data-${pod}`, '--wait=false');
      await kubectl('-n', NAMESPACE, 'delete', 'pod', pod);
    },
  },
};

/** Which faults to make, in which order: each that can be made once, as far as that goes, and then by weight. */
export function plan(count: number, random: () => number = Math.random): string[] {
  const possible = Object.entries(FAULTS).filter(([, fault]) => !fault.node || process.env['CLUSTER']);
  const names = count < possible.length ? [] : possible.map(([name]) => name);
  const weights = possible.reduce((sum, [, { weight }]) => sum + weight, 0);
  while (names.length < count) {
    let left = random() * weights;
    names.push((possible.find(([, { weight }]) => (left -= weight) < 0) ?? possible[0]!)[0]);
  }
  return names
    .map((name) => ({ name, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ name }) => name);
}
