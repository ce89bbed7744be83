/** Random faults to both pods, while each agent is asked without pause whether it is the active one. */
import { processes, run, send, sleep } from './cluster';
import { Observer, overlaps } from './observer';
import { PairOnCluster } from './pair-on-cluster';
import type { PodPlace } from './pair-on-cluster';
import type { Result } from './run';

export interface Target extends PodPlace {
  readonly namespace: string;
  /** A process that stays for as long as the pod does: its network is the pod's. */
  readonly pause: number;
}

/** Begins, and returns what ends it. */
type Fault = (target: Target, other: Target) => Promise<() => Promise<unknown>>;

const signals =
  (program: string): Fault =>
  async (target) => {
    const pids = await processes(target.namespace, target.name, program);
    send(pids, 'SIGSTOP');
    return async () => send(pids, 'SIGCONT');
  };

const kills =
  (program: string): Fault =>
  async (target) => {
    send(await processes(target.namespace, target.name, program), 'SIGKILL');
    return async () => undefined;
  };

/** Drops what the pod sends and gets, by these matches of iptables in the pod's own network. */
const drops =
  (matches: (other: Target) => string[][]): Fault =>
  async (target, other) => {
    const rules = matches(other);
    const change = async (does: '-I' | '-D') => {
      for (const rule of rules) await inPod(target, 'iptables', '-w', '5', does, ...rule, '-j', 'DROP');
    };
    await change('-I');
    return () => change('-D');
  };

export const FAULTS: Record<string, { readonly weight: number; readonly fault: Fault }> = {
  'agent stopped': { weight: 6, fault: signals('node') },
  'engine stopped': { weight: 4, fault: signals('nginx') },
  'agent killed': { weight: 0.3, fault: kills('node') },
  'engine killed': { weight: 0.3, fault: kills('nginx') },
  'pod cut off': {
    weight: 4,
    fault: drops(() => [
      ['INPUT', '!', '-i', 'lo'],
      ['OUTPUT', '!', '-o', 'lo'],
    ]),
  },
  'nothing goes out': { weight: 2, fault: drops(() => [['OUTPUT', '!', '-o', 'lo']]) },
  'nothing comes in': { weight: 2, fault: drops(() => [['INPUT', '!', '-i', 'lo']]) },
  'cut off from the API server': { weight: 4, fault: drops(() => [['OUTPUT', '-p', 'tcp', '--dport', '443']]) },
  'cut off from its peer': {
    weight: 2,
    fault: drops(({ ip }) => [
      ['OUTPUT', '-d', ip],
      ['INPUT', '-s', ip],
    ]),
  },
};

export async function targetsOf(pair: PairOnCluster): Promise<Target[]> {
  const { namespace } = pair;
  return Promise.all(
    (await pair.pods()).map(async (pod) => ({
      ...pod,
      namespace,
      pause: (await processes(namespace, pod.name, 'pause'))[0]!,
    })),
  );
}

/** Who is active, in the eyes of both agents, while `work` is done. */
async function observed(pair: PairOnCluster, work: (targets: Target[]) => Promise<void>): Promise<Result> {
  const targets = await targetsOf(pair);
  const observers = targets.map(({ name, pause }) => new Observer(name, pause));
  await sleep(1000);
  await work(targets);
  observers.forEach((observer) => observer.stop());
  const seen = observers.flatMap((observer) => observer.seen);
  const active = seen.filter((each) => each.active).sort((a, b) => a.sentAt - b.sentAt);
  const gaps = active.map((each, index) => each.sentAt - (active[index - 1] ?? each).receivedAt);
  return {
    terms: new Set(active.map(({ term }) => term)).size,
    overlaps: overlaps(seen).length,
    longestWithoutActiveSeconds: Math.max(...gaps) / 1000,
  };
}

/** No agent reaches the API server for so many seconds. */
export async function withoutApiServer(pair: PairOnCluster, seconds: number): Promise<Result> {
  const result = await observed(pair, async (targets) => {
    const cut = FAULTS['cut off from the API server']!.fault;
    const ends = await Promise.all(targets.map((target) => cut(target, target)));
    await sleep(seconds * 1000);
    await Promise.all(ends.map((end) => end()));
    await sleep(5000);
  });
  return { apiServerAwaySeconds: seconds, ...result };
}

/** The time of day jumps by so many seconds, and back. */
export async function clockJumps(pair: PairOnCluster, seconds: number): Promise<Result> {
  const result = await observed(pair, async () => {
    for (const jump of [seconds, -seconds]) {
      await run('date', `--set=${jump} seconds`);
      await sleep(4000);
    }
  });
  return { clockJumpsSeconds: seconds, ...result };
}

export async function manyFaults(pair: PairOnCluster, count: number): Promise<Result> {
  const targets = await targetsOf(pair);
  const observers = targets.map(({ name, pause }) => new Observer(name, pause));
  const made: Record<string, number> = {};
  for (let done = 0; done < count;) {
    // Sometimes two at once, on either pod.
    const together = Math.min(count - done, Math.random() < 0.3 ? 2 : 1);
    await Promise.all(
      Array.from({ length: together }, async () => {
        const target = targets[Math.round(Math.random())]!;
        const name = pick();
        made[name] = (made[name] ?? 0) + 1;
        const end = await FAULTS[name]!.fault(
          target,
          targets.find((each) => each !== target)!,
        );
        await sleep(100 + Math.random() * 2400);
        await end();
      }),
    );
    done += together;
    await sleep(Math.random() < 0.3 ? 100 : 500 + Math.random() * 1500);
  }
  await pair.settle();
  observers.forEach((observer) => observer.stop());
  const seen = observers.flatMap((observer) => observer.seen);
  const found = overlaps(seen);
  const terms = new Set(seen.filter(({ active }) => active).map(({ term }) => term));
  return {
    faults: count,
    made,
    asked: seen.length,
    terms: terms.size,
    overlaps: found.length,
    examples: found.slice(0, 3),
  };
}

/** A kind of fault, as often as its weight says. */
export function pick(): string {
  const all = Object.entries(FAULTS);
  let at = Math.random() * all.reduce((sum, [, { weight }]) => sum + weight, 0);
  return all.find(([, { weight }]) => (at -= weight) < 0)![0];
}

function inPod({ pause }: Target, ...command: string[]): Promise<string> {
  return run('nsenter', '-t', String(pause), '-n', ...command);
}
