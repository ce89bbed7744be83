import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { HeartbeatMode } from '../../constructs';
import { kubectl, node, processes, run, send, sleep, until } from './cluster';
import { Neighbours } from './neighbours';
import type { Loss, Program } from './neighbours';
import { clockJumps, manyFaults, withoutApiServer } from './overlap';
import type { PairOptions } from './pair';
import { manyFaultsRolling } from './rolling';
import { PairOnCluster } from './pair-on-cluster';
import type { PodPlace } from './pair-on-cluster';
import { Prober, outage } from './prober';
import type { Answer, Outage } from './prober';
import type { Result } from './run';

type Once = () => Promise<Result>;

const CPU = 'process_cpu_seconds_total';

/** Every fault by its name. What comes from it makes the fault once, and puts everything back. */
export const SCENARIOS: Record<string, () => Promise<Once>> = {
  'power-off': () => nodeFault({}, 'off', 'on'),
  'power-off-local': () => nodeFault({ externalTrafficPolicy: 'Local' }, 'off', 'on'),
  'power-off-all-active': () => nodeFault({ mode: HeartbeatMode.ALL_ACTIVE }, 'off', 'on'),
  'power-off-by-label': () => nodeFault({ byLabel: true }, 'off', 'on'),
  'power-off-plain': () => nodeFault({ plain: true }, 'off', 'on', 90),
  'network-cut': () => nodeFault({}, 'cut', 'heal'),
  'keepalived-power-off': () => neighbours('keepalived', 'power'),
  'keepalived-network-cut': () => neighbours('keepalived', 'network'),
  'heartbeat-3-power-off': () => neighbours('heartbeat', 'power'),
  'heartbeat-3-network-cut': () => neighbours('heartbeat', 'network'),
  'engine-killed': () => processFault('nginx', 'SIGKILL'),
  'engine-stopped': () => processFault('nginx', 'SIGSTOP'),
  'agent-killed': () => processFault('node', 'SIGKILL'),
  handover: () => handover({}),
  'handover-local': () => handover({ externalTrafficPolicy: 'Local' }),
  'handover-all-active': () => handover({ mode: HeartbeatMode.ALL_ACTIVE }),
  'random-faults': () => randomFaults(25),
  'random-faults-rolling': () => randomFaultsRolling(25),
  'api-server-away': () => whileAsked((pair) => withoutApiServer(pair, 30)),
  'clock-jumps': () => whileAsked((pair) => clockJumps(pair, 20)),
  'clock-jumps-back': () => whileAsked((pair) => clockJumps(pair, -20)),
  cost: () => cost(60),
  'all-stopped': () => processFault('', 'SIGSTOP'),
  'agent-stopped': () => processFault('node', 'SIGSTOP'),
  'agent-stopped-by-label': () => processFault('node', 'SIGSTOP', { byLabel: true }),
};

async function neighbours(program: Program, loss: Loss): Promise<Once> {
  const pair = new Neighbours(program);
  return () => pair.lose(loss);
}

async function pairOf(options: Omit<PairOptions, 'namespace'>): Promise<PairOnCluster> {
  const pair = new PairOnCluster({ namespace: process.env['HEARTBEAT_NAMESPACE'] ?? 'heartbeat', ...options });
  await pair.apply();
  return pair;
}

/** The node of the active pod loses its power or its network. */
async function nodeFault(
  options: Omit<PairOptions, 'namespace'>,
  begin: 'off' | 'cut',
  end: 'on' | 'heal',
  seconds = 8,
): Promise<Once> {
  const pair = await pairOf(options);
  return async () => {
    await pair.settle();
    const victim =
      options.plain || options.mode ? (await pair.pods())[Math.round(Math.random())]! : await pair.active();
    try {
      const measured = await measure(pair, () => node(begin, victim.node), seconds);
      return { node: victim.node, load: load(), ...measured };
    } finally {
      await node(end, victim.node);
      await until('every node ready', nodesReady, 120);
      await pair.settle();
    }
  };
}

async function nodesReady(): Promise<boolean> {
  const nodes = await kubectl('get', 'nodes', '--no-headers');
  return nodes.split('\n').every((line) => / Ready /.test(line));
}

/** How many processes wanted a processor of this machine, on average over the last minute: other work makes figures worse. */
function load(): number {
  return loadavg()[0] ?? 0;
}

/** A program in the active pod is killed, or stopped for a while. */
async function processFault(
  program: string,
  signal: 'SIGKILL' | 'SIGSTOP',
  options: Omit<PairOptions, 'namespace'> = {},
): Promise<Once> {
  const pair = await pairOf(options);
  return async () => {
    await pair.settle();
    const victim = await pair.active();
    const pids = await processes(pair.namespace, victim.name, program);
    if (pids.length === 0) throw new Error(`no ${program} runs in ${victim.name} on this machine`);
    const measured = await measure(pair, async () => send(pids, signal), 5, victim);
    if (signal === 'SIGSTOP') send(pids, 'SIGCONT');
    // A container that is killed again and again is restarted later each time; that of a new pod is not.
    else await kubectl('-n', pair.namespace, 'delete', 'pod', victim.name, '--grace-period=1');
    await pair.settle();
    return { pod: victim.name, load: load(), ...measured };
  };
}

/** The active pod is deleted, as a drain or a release does it, under 200 requests a second. */
async function handover(options: Omit<PairOptions, 'namespace'>): Promise<Once> {
  const pair = await pairOf(options);
  return async () => {
    await pair.settle();
    const victim = await pair.active();
    const prober = new Prober(`http://${pair.address}/`, 200, 2000);
    await sleep(500);
    await kubectl('-n', pair.namespace, 'delete', 'pod', victim.name);
    await sleep(1000);
    const answers = await prober.stop();
    await pair.settle();
    const failed = answers.filter(({ from }) => from === undefined);
    const errors = [...new Set(failed.map(({ error }) => error))];
    return { pod: victim.name, load: load(), asked: answers.length, failed: failed.length, errors };
  };
}

/** So many faults of every kind, to whichever pod. */
async function randomFaults(count: number): Promise<Once> {
  const pair = await pairOf({});
  return async () => {
    await pair.settle();
    return manyFaults(pair, count);
  };
}

/** The same, while one roll-out after the other changes `failover`, and somebody deletes the Lease. */
async function randomFaultsRolling(count: number): Promise<Once> {
  const pair = await pairOf({});
  return async () => {
    await pair.settle();
    return manyFaultsRolling(pair, count);
  };
}

/** What happens to both at once, while a client goes on asking. */
async function whileAsked(work: (pair: PairOnCluster) => Promise<Result>): Promise<Once> {
  const pair = await pairOf({});
  return async () => {
    await pair.settle();
    const prober = new Prober(`http://${pair.address}/`);
    const result = await work(pair);
    const answers = await prober.stop();
    await pair.settle();
    return { ...result, asked: answers.length, failed: answers.filter(({ from }) => from === undefined).length };
  };
}

/** What the agents take while nothing happens: changes of the Lease a second, processor and memory. */
async function cost(seconds: number): Promise<Once> {
  const pair = await pairOf({});
  const agents = async () =>
    Promise.all(
      (await pair.pods()).map(async (pod) => {
        const [pid] = await processes(pair.namespace, pod.name, 'node');
        return { pod: pod.name, metrics: await pair.metrics(pod), anonymousMiB: anonymousMemory(pid!) };
      }),
    );
  return async () => {
    await pair.settle();
    const before = await agents();
    const watch = run(
      'timeout',
      String(seconds),
      'kubectl',
      '-n',
      pair.namespace,
      'get',
      'lease',
      'web',
      '-w',
      '-o',
      'name',
    );
    const changes = await watch.catch((error: { stdout: string }) => error.stdout);
    const after = await agents();
    return {
      leaseWritesPerSecond: changes.trim().split('\n').length / seconds,
      agents: after.map(({ pod, metrics, anonymousMiB }, index) => ({
        pod,
        cpu: ((metrics[CPU] ?? 0) - (before[index]?.metrics[CPU] ?? 0)) / seconds,
        residentMiB: (metrics['process_resident_memory_bytes'] ?? 0) / 2 ** 20,
        anonymousMiB,
      })),
    };
  };
}

function anonymousMemory(pid: number): number {
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** What a client saw while `fault` was made and for some seconds after. */
async function measure(
  pair: PairOnCluster,
  fault: () => Promise<unknown>,
  seconds: number,
  victim?: PodPlace,
): Promise<Result> {
  const prober = new Prober(`http://${pair.address}/`);
  await sleep(500 + Math.random() * 500);
  const at = performance.now();
  await fault();
  await sleep(seconds * 1000);
  const answers = await prober.stop();
  const seen: Outage = outage(answers);
  return { ...seen, ...(victim ? { otherAnswersAfter: otherAfter(answers, victim, at) } : {}) };
}

/** When the other pod first answered, in seconds after the fault. */
function otherAfter(answers: readonly Answer[], victim: PodPlace, at: number): number | undefined {
  const other = answers.find(({ from, sentAt }) => from !== undefined && from !== victim.name && sentAt >= at);
  return other && (other.endedAt - at) / 1000;
}
