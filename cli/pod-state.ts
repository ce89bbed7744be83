import type {
  V1ContainerState,
  V1ContainerStateTerminated,
  V1ContainerStatus,
  V1Pod,
} from '@kubernetes/client-node' with { 'resolution-mode': 'import' };

/** Why a pod is not what it should be. */
export interface Trouble {
  readonly reason: string;
  /** The container that it is about, whose log may say more. */
  readonly container?: string;
  /** Whether the container runs again, so that its log of the run before says why it ended. */
  readonly restarted?: boolean;
}

/** After so long no crash is recent: the kubelet then forgets its back-off, too. */
const STEADY_MS = 600_000;
/** A run that is shorter proves nothing. */
const PROBATION_MS = 10_000;

/** Whether a pod serves, and is not about to end. */
export function isReady({ metadata, status }: V1Pod): boolean {
  const { conditions = [] } = status ?? {};
  return !metadata?.deletionTimestamp && conditions.some((each) => each.type === 'Ready' && each.status === 'True');
}

/** The reason why a pod is not ready, or is ready between two crashes, in the words of whoever knows it best. */
export function troubleOf(pod: V1Pod, now: number): Trouble | undefined {
  const { conditions = [], phase, reason, message } = pod.status ?? {};
  const { deletionTimestamp: deadline } = pod.metadata ?? {};
  if (deadline) return { reason: stopBy(new Date(deadline), now) };
  if (conditions.some((each) => each.type === 'Ready' && each.status === 'True')) return recentCrash(pod, now);
  if (phase === 'Failed')
    return troubleOfEnded(pod) ?? { reason: [reason, message].filter(Boolean).join(': ') || 'it failed' };
  const unplaced = conditions.find((each) => each.type === 'PodScheduled' && each.status === 'False');
  if (unplaced) return { reason: unplaced.message ?? 'no node has room for it' };
  if (statusesOf(pod).length === 0) return { reason: 'its node has not started it yet' };
  const unready = notReady(pod);
  // All of its containers are ready, and it is not: its node was given up.
  if (unready.length === 0) return { reason: 'its node does not answer' };
  return firstOf(unready, troubleOfWaiting) ?? troubleOfEnded(pod) ?? troubleOfRunning(unready);
}

/** The kubelet reports the end of no container before that of all, so only the time is known at which it kills what is left. */
function stopBy(deadline: Date, now: number): string {
  if (deadline.getTime() <= now) return 'it is being stopped';
  return `it is being stopped, by ${deadline.toISOString().slice(11, 19)} UTC at the latest`;
}

/** `ended with exit code 137 (OOMKilled)` */
export function endOf({ exitCode, reason, signal }: V1ContainerStateTerminated): string {
  const why = reason !== undefined && !['Error', 'Completed'].includes(reason) ? ` (${reason})` : '';
  return signal ? `was ended by signal ${signal}${why}` : `ended with exit code ${exitCode}${why}`;
}

function troubleOfWaiting({ name, state, lastState, restartCount }: V1ContainerStatus): Trouble | undefined {
  const { reason, message } = state?.waiting ?? {};
  if (!reason || ['PodInitializing', 'ContainerCreating'].includes(reason)) return undefined;
  const end = lastState?.terminated;
  if (end && reason === 'CrashLoopBackOff')
    return {
      reason: `${name} ${endOf(end)}, ${times(restartCount)} started again; the next try waits`,
      container: name,
    };
  return { reason: `${name}: ${message ?? reason}`, container: name };
}

/** Of a container that has ended, and whose end is not what it is for. */
export function troubleOfEnded(pod: V1Pod): Trouble | undefined {
  return firstOf(notReady(pod), ({ name, state }) =>
    state?.terminated ? { reason: `${name} ${endOf(state.terminated)}`, container: name } : undefined,
  );
}

function troubleOfRunning(unready: readonly V1ContainerStatus[]): Trouble {
  const [first] = unready;
  const end = firstOf(
    unready,
    ({ name, lastState }) => lastState?.terminated && `; before, ${name} ${endOf(lastState.terminated)}`,
  );
  const names = unready.map(({ name }) => name).join(', ');
  return { reason: `${names} not ready${end ?? ''}`, ...(first && { container: first.name }) };
}

/** A container that is ready, but has not yet run long enough to say that it does not crash again. */
function recentCrash(pod: V1Pod, now: number): Trouble | undefined {
  return firstOf(lastingOf(pod), ({ name, state, lastState, restartCount }) => {
    const [start, end] = [state?.running?.startedAt, lastState?.terminated];
    if (!start || !end?.finishedAt || !end.startedAt) return undefined;
    const before = msOf(end.finishedAt) - msOf(end.startedAt);
    const probation = Math.min(STEADY_MS, Math.max(PROBATION_MS, 2 * before));
    if (now - msOf(start) >= probation) return undefined;
    const at = new Date(start).toISOString().slice(11, 19);
    const reason = `${name} ${endOf(end)} and was started again at ${at} UTC, ${times(restartCount)} so far`;
    return { reason, container: name, restarted: true };
  });
}

/** Its containers, and those that begin before them. */
export function statusesOf({ status }: V1Pod): V1ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** The containers that a pod waits for. One that had only to begin, and has done so, is none of them. */
export function notReady(pod: V1Pod): V1ContainerStatus[] {
  const lasting = new Set(lastingOf(pod));
  return statusesOf(pod).filter((each) => !each.ready && !(hasSucceeded(each.state) && !lasting.has(each)));
}

/** The containers that run as long as the pod: sidecars, too. */
function lastingOf(pod: V1Pod): V1ContainerStatus[] {
  const isSidecar = ({ name }: V1ContainerStatus) =>
    pod.spec?.initContainers?.some((each) => each.name === name && each.restartPolicy === 'Always');
  return [...(pod.status?.initContainerStatuses ?? []).filter(isSidecar), ...(pod.status?.containerStatuses ?? [])];
}

function hasSucceeded(state: V1ContainerState | undefined): boolean {
  return state?.terminated?.exitCode === 0;
}

function firstOf<T, R>(items: readonly T[], pick: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = pick(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function msOf(time: Date | string): number {
  return new Date(time).getTime();
}

/** Whether a pod of this phase runs nothing any more. */
export function hasEnded(phase: string | undefined): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}

/** The oldest first. */
export function byAge(one: V1Pod, other: V1Pod): number {
  const at = ({ metadata }: V1Pod) => new Date(metadata?.creationTimestamp ?? 0).getTime();
  return at(one) - at(other) || ((one.metadata?.name ?? '') < (other.metadata?.name ?? '') ? -1 : 1);
}
