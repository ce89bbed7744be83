import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { Manifest } from '../manifests';
import { byAge, hasEnded, isReady, troubleOf } from '../pod-state';
import { selecting } from '../slices';
import { Gate, GateError } from './gate';

/** What a roll-out does on the cluster. */
export interface RolloutCluster {
  deployment(namespace: string, name: string): Promise<V1Deployment>;
  replicaSets(namespace: string, selector: string): Promise<V1ReplicaSet[]>;
  pods(namespace: string, selector: string): Promise<V1Pod[]>;
  apply(manifest: object): Promise<void>;
}

/** Time, as a roll-out has it: a test has another. */
export interface Clock {
  now(): number;
  /** @throws GateError where the person has ended the release. */
  pause(): Promise<void>;
}

/** A Deployment that is to run something else. */
export interface Rollout {
  readonly namespace: string;
  readonly name: string;
  readonly manifest: Manifest;
  /** What was applied before. */
  readonly before: Manifest;
  /** Where its slices answer pages; undefined where they answer none. */
  readonly port: number | undefined;
}

export interface RolloutTimes {
  /** How long the first slice is held, in seconds, beside the time that every slice is. */
  readonly canary: number;
  /** How long a slice may take until it is ready, in seconds. */
  readonly ready: number;
}

/** How long the next slice of a tier may take to be again what it was, in milliseconds. */
const BACK_MS = 120_000;

/** A Deployment as it is now. */
interface Now {
  readonly replicas: number;
  /** Whether the controller has seen what was applied last. */
  readonly isSeen: boolean;
  /** Slices of the version that was applied last. */
  readonly fresh: V1Pod[];
  /** Slices of versions before, without those that are being stopped. */
  readonly old: V1Pod[];
  readonly stopping: V1Pod[];
  /** New slices that have been ready for as long as the Deployment wants. */
  readonly available: number;
}

/**
 * Gives a Deployment its new pods, first one slice and then as many at a time as its strategy says, all through the gate. The Deployment is
 * paused meanwhile, so that Kubernetes does not go on by itself: it would after `minReadySeconds`.
 */
export class SliceBySlice {
  constructor(
    private readonly rollout: Rollout,
    private readonly cluster: RolloutCluster,
    private readonly gate: Gate,
    private readonly times: RolloutTimes,
    private readonly clock: Clock,
    private readonly say: (line: string) => void,
  ) {}

  /** @throws GateError where a slice is bad: going back is the caller's part. */
  public async run(): Promise<void> {
    const { manifest } = this.rollout;
    const { replicas } = await this.step(1, alone(manifest));
    for (let [count, all] = [1, replicas]; count < all;) {
      count = Math.min(all, count + atATime(manifest, all));
      all = (await this.step(count, manifest)).replicas;
    }
    if (replicas <= 1 && alone(manifest) !== manifest) await this.cluster.apply(manifest);
  }

  /** Replaces slices until so many are new. */
  private async step(count: number, manifest: Manifest): Promise<Now> {
    await this.cluster.apply(manifest);
    const now = await this.until(count, 'begun', () => true);
    if (count < now.replicas) await this.cluster.apply(paused(manifest));
    if (now.replicas > 0) await this.pass(count, now.replicas);
    return now;
  }

  private async pass(count: number, replicas: number): Promise<void> {
    const found = await this.until(
      count,
      'ready',
      ({ fresh, available }, wanted) => fresh.every(isReady) && available >= wanted,
    );
    const hold = count === 1 ? this.times.canary : 0;
    if (hold > 0) {
      this.say(`${this.slice(found.fresh, count)} is good so far, and is watched for ${hold} s more`);
      const end = this.clock.now() + hold * 1000;
      await this.until(count, 'watched', () => this.clock.now() >= end);
    }
    this.say(`${this.slice(found.fresh, count)} is good: ${Math.min(count, replicas)} of ${replicas}`);
  }

  /** Looks until so many slices are there, and lets the gate look each time. */
  private async until(count: number, what: string, isDone: (now: Now, wanted: number) => boolean): Promise<Now> {
    let start = this.clock.now();
    let told: string | undefined;
    for (;;) {
      const now = await lookAt(this.cluster, this.rollout);
      // Of no replicas nothing begins, and a load may take slices away meanwhile.
      const wanted = Math.min(count, now.replicas);
      if (now.isSeen && (wanted === 0 || (now.fresh.length >= wanted && isDone(now, wanted)))) return now;
      if (now.isSeen) await this.gate.check(now.fresh, this.rollout.port);
      const waits = now.isSeen ? reasonOf(now, count) : undefined;
      if (what === 'ready' && waits !== undefined && waits !== told)
        this.say(`${this.slice(now.fresh, count)}: ${waits}`);
      told = waits ?? told;
      // The slice before has the RAM until it has ended.
      if (now.stopping.length > 0 && now.fresh.every(({ spec }) => !spec?.nodeName)) start = this.clock.now();
      const passed = (this.clock.now() - start) / 1000;
      if (what !== 'watched' && passed > this.times.ready + minReadySeconds(this.rollout.manifest))
        throw new GateError(
          `${this.slice(now.fresh, count)} is not ready after ${Math.round(passed)} s: ${waits ?? what}`,
        );
      await this.clock.pause();
    }
  }

  private slice(fresh: readonly V1Pod[], count: number): string {
    return fresh[count - 1]?.metadata?.name ?? this.rollout.name;
  }
}

/** Gives a Deployment back what it ran before, and waits until it runs. */
export async function goBack(
  { before, namespace, name }: Rollout,
  cluster: RolloutCluster,
  clock: Pick<Clock, 'now'>,
  pause: () => Promise<void>,
): Promise<void> {
  await cluster.apply(before);
  let [start, left] = [clock.now(), Infinity];
  for (;;) {
    const { replicas, isSeen, fresh, old } = await lookAt(cluster, { namespace, name });
    if (isSeen && old.length < left) [start, left] = [clock.now(), old.length];
    if (isSeen && old.length === 0 && fresh.length >= replicas && fresh.every(isReady)) return;
    if (clock.now() - start > BACK_MS)
      throw new Error(
        `${name} is not what it was after ${BACK_MS / 1000} s: 'cdk8s-slices status' says what it waits for`,
      );
    await pause();
  }
}

function reasonOf({ fresh }: Now, count: number): string | undefined {
  const pod = fresh[count - 1];
  return pod ? troubleOf(pod, Date.now())?.reason : undefined;
}

async function lookAt(cluster: RolloutCluster, { namespace, name }: Pick<Rollout, 'namespace' | 'name'>): Promise<Now> {
  const deployment = await cluster.deployment(namespace, name);
  const { replicas = 1, selector } = deployment.spec ?? {};
  const labels = selecting(selector?.matchLabels ?? {});
  const [sets, pods] = await Promise.all([cluster.replicaSets(namespace, labels), cluster.pods(namespace, labels)]);
  const current = sets.find((set) => isCurrent(set, deployment));
  const hash = current?.metadata?.labels?.[HASH];
  const own = pods.filter(({ metadata, status }) => HASH in (metadata?.labels ?? {}) && !hasEnded(status?.phase));
  const isStopping = ({ metadata }: V1Pod) => metadata?.deletionTimestamp !== undefined;
  const staying = own.filter((pod) => !isStopping(pod)).sort(byAge);
  return {
    replicas,
    isSeen: (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0),
    fresh: staying.filter(({ metadata }) => metadata?.labels?.[HASH] === hash),
    old: staying.filter(({ metadata }) => metadata?.labels?.[HASH] !== hash),
    stopping: own.filter(isStopping),
    available: current?.status?.availableReplicas ?? 0,
  };
}

const HASH = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';

function isCurrent({ metadata }: V1ReplicaSet, deployment: V1Deployment): boolean {
  const isOwn = metadata?.ownerReferences?.some(({ uid }) => uid === deployment.metadata?.uid) === true;
  return isOwn && metadata?.annotations?.[REVISION] === deployment.metadata?.annotations?.[REVISION];
}

/** How many slices Kubernetes replaces at a time; it rounds a share down. */
function atATime({ spec }: Manifest, replicas: number): number {
  const { maxUnavailable = 1 } = (spec.strategy?.rollingUpdate ?? {}) as { maxUnavailable?: number | string };
  const most =
    typeof maxUnavailable === 'number' ? maxUnavailable : (replicas * Number.parseInt(maxUnavailable, 10)) / 100;
  return Math.max(1, Math.floor(most));
}

/** The same, with one slice at a time. */
function alone(manifest: Manifest): Manifest {
  const { strategy } = manifest.spec;
  if ((strategy?.rollingUpdate?.maxUnavailable ?? 1) === 1) return manifest;
  const rollingUpdate = { ...strategy.rollingUpdate, maxUnavailable: 1 };
  return { ...manifest, spec: { ...manifest.spec, strategy: { ...strategy, rollingUpdate } } };
}

function paused(manifest: Manifest): Manifest {
  return { ...manifest, spec: { ...manifest.spec, paused: true } };
}

function minReadySeconds({ spec }: Manifest): number {
  return (spec.minReadySeconds as number | undefined) ?? 0;
}
