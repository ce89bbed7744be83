/** What is done to the pair while its clients write. Each puts everything back, and waits for nothing else. */
import { join } from 'node:path';
import { kubectl, node, processes, run, send, sleep, until } from '../failover/cluster';
import { NAMESPACE, PODS, ROOT, SET, change, nodeOf, other, standing } from './pair';

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

/** The server and its agent hang for `ms`, and whatever else is done meanwhile happens without them. */
async function withoutReplica(ms: number, meanwhile: (primary: string) => Promise<unknown>): Promise<void> {
  const pod = await primary();
  const ends = await Promise.all(['mysqld', 'node'].map((program) => signal(other(pod), program, 'SIGSTOP')));
  try {
    // Commits are waiting for the replica by then.
    await sleep(500 + Math.random() * 1000);
    await meanwhile(pod);
    await sleep(ms);
  } finally {
    ends.forEach((end) => end());
  }
}

const deleted = (pod: string) => kubectl('-n', NAMESPACE, 'delete', 'pod', pod, '--wait=false');

async function drained(nodeName: string): Promise<void> {
  const pods = `--pod-selector=app.kubernetes.io/name=db,app.kubernetes.io/part-of=${NAMESPACE}`;
  try {
    await kubectl('drain', nodeName, pods, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s');
    await sleep(2_000);
  } finally {
    await kubectl('uncordon', nodeName);
  }
}

async function rolledOut(begin: Promise<unknown>): Promise<void> {
  await begin;
  await kubectl('-n', NAMESPACE, 'rollout', 'status', `sts/${SET}`, '--timeout=240s');
}

const restart = () => kubectl('-n', NAMESPACE, 'rollout', 'restart', `sts/${SET}`);

/** Budgets of failover that the roll-outs change between: each needs a Lease of another length. */
const BUDGETS = [4, 5, 3];
let changes = 0;

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
    make: async () => void (await deleted(await primary())),
  },
  'primary’s node drained': {
    weight: 3,
    planned: true,
    make: async () => drained(await nodeOf(await primary())),
  },
  'replica hangs, and the primary’s pod is deleted': { weight: 4, make: () => withoutReplica(8_000, deleted) },
  'replica hangs, and the primary’s node is drained': {
    weight: 2,
    make: () =>
      withoutReplica(8_000, async (pod) => {
        // The budget refuses it for as long as the replica is not ready: then the drain ends without an eviction.
        await drained(await nodeOf(pod)).catch(() => undefined);
      }),
  },
  'both pods deleted, the replica’s first': {
    weight: 3,
    make: async () => {
      const pod = await primary();
      await deleted(other(pod));
      await sleep(Math.random() * 2_000);
      await deleted(pod);
    },
  },
  'roll-out': { weight: 3, planned: true, make: () => rolledOut(restart()) },
  'roll-out begun while the replica hangs': {
    weight: 2,
    make: async () => {
      await withoutReplica(4_000, restart);
      await rolledOut(Promise.resolve());
    },
  },
  'roll-out that changes failover': {
    weight: 3,
    planned: true,
    make: () => rolledOut(change(BUDGETS[changes++ % BUDGETS.length]!)),
  },
  'Lease deleted': { weight: 4, make: async () => void (await kubectl('-n', NAMESPACE, 'delete', 'lease', SET)) },
  'Lease deleted, then the primary’s mysqld killed': {
    weight: 2,
    make: async () => {
      const kill = await primary();
      await kubectl('-n', NAMESPACE, 'delete', 'lease', SET);
      await sleep(Math.random() * 1_500);
      await signal(kill, 'mysqld', 'SIGKILL');
    },
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
