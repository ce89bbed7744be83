import { HeartbeatMode } from '../../constructs';
import { kubectl, node, processes, sleep, until } from './cluster';
import type { PairOptions } from './pair';
import { PairOnCluster } from './pair-on-cluster';
import type { PodPlace } from './pair-on-cluster';
import { Prober, outage } from './prober';
import type { Answer, Outage } from './prober';
import type { Result } from './run';

type Once = () => Promise<Result>;

const NAMESPACE = process.env['HEARTBEAT_NAMESPACE'] ?? 'heartbeat';

/** Every fault by its name. What comes from it makes the fault once, and puts everything back. */
export const SCENARIOS: Record<string, () => Promise<Once>> = {
  'power-off': () => nodeFault({}, 'off', 'on'),
  'power-off-local': () => nodeFault({ externalTrafficPolicy: 'Local' }, 'off', 'on'),
  'power-off-all-active': () => nodeFault({ mode: HeartbeatMode.ALL_ACTIVE }, 'off', 'on'),
  'power-off-by-label': () => nodeFault({ byLabel: true }, 'off', 'on'),
  'power-off-plain': () => nodeFault({ plain: true }, 'off', 'on', 90),
  'network-cut': () => nodeFault({}, 'cut', 'heal'),
  'engine-killed': () => processFault('nginx', 'SIGKILL'),
  'engine-stopped': () => processFault('nginx', 'SIGSTOP'),
  'agent-killed': () => processFault('node', 'SIGKILL'),
  'agent-stopped': () => processFault('node', 'SIGSTOP'),
};

async function pairOf(options: Omit<PairOptions, 'namespace'>): Promise<PairOnCluster> {
  const pair = new PairOnCluster({ namespace: NAMESPACE, ...options });
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
    const measured = await measure(pair, () => node(begin, victim.node), seconds);
    await node(end, victim.node);
    await pair.settle();
    await until(
      'every node ready',
      async () => (await kubectl('get', 'nodes', '--no-headers')).split('\n').every((line) => / Ready /.test(line)),
      120,
    );
    return { node: victim.node, ...measured };
  };
}

/** A program in the active pod is killed, or stopped for a while. */
async function processFault(program: string, signal: 'SIGKILL' | 'SIGSTOP'): Promise<Once> {
  const pair = await pairOf({});
  return async () => {
    await pair.settle();
    const victim = await pair.active();
    const pids = await processes(pair.namespace, victim.name, program);
    if (pids.length === 0) throw new Error(`no ${program} runs in ${victim.name} on this machine`);
    const send = (what: NodeJS.Signals) => pids.forEach((pid) => process.kill(pid, what));
    const measured = await measure(pair, async () => send(signal), 5, victim);
    if (signal === 'SIGSTOP') send('SIGCONT');
    await pair.settle();
    return { pod: victim.name, ...measured };
  };
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
