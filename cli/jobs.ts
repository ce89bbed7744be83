import type { V1Job, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { Trouble, byAge, endOf, troubleOf } from './pod-state';

/** Why a Job is not done, and the pod that was to do it. */
export interface JobTrouble extends Trouble {
  readonly pod: string | undefined;
  /** Whether Kubernetes tries no more. */
  readonly final: boolean;
}

/** Why a Job is not done: how its last pod ended, and how often it has failed. */
export function troubleOfJob({ metadata, status }: V1Job, pods: readonly V1Pod[], now: number): JobTrouble {
  const last = lastPodOf(metadata?.namespace, metadata?.name, pods);
  const found = last && (endOfPod(last) ?? troubleUnlessDone(last, now));
  const failed = status?.conditions?.find((each) => each.type === 'Failed' && each.status === 'True');
  const count = status?.failed ? `; it has failed ${status.failed === 1 ? 'once' : `${status.failed} times`}` : '';
  const state = failed ? `the Job has failed for good (${failed.reason})` : 'the Job is not done';
  return {
    reason: `${state}${found ? `: ${found.reason}` : ''}${count}`,
    ...(found?.container !== undefined && { container: found.container }),
    pod: last?.metadata?.name,
    final: failed !== undefined,
  };
}

/** The pod that tried last to do a Job. */
export function lastPodOf(
  namespace: string | undefined,
  job: string | undefined,
  pods: readonly V1Pod[],
): V1Pod | undefined {
  const own = pods.filter(
    ({ metadata }) => metadata?.namespace === namespace && metadata?.labels?.['batch.kubernetes.io/job-name'] === job,
  );
  return own.sort(byAge).at(-1);
}

/** A container of a Job that has done its part is no trouble, while another still works. */
function troubleUnlessDone(pod: V1Pod, now: number): Trouble | undefined {
  const trouble = troubleOf(pod, now);
  const status = pod.status?.containerStatuses?.find(({ name }) => name === trouble?.container);
  return status?.state?.terminated?.exitCode === 0 ? undefined : trouble;
}

/** Of a pod that is tried again in place, the container has been started anew: its last end counts. */
function endOfPod(pod: V1Pod): Trouble | undefined {
  for (const { name, state, lastState } of pod.status?.containerStatuses ?? []) {
    const end = state?.terminated ?? lastState?.terminated;
    if (end && end.exitCode !== 0) return { reason: `${name} ${endOf(end)}`, container: name };
  }
  return undefined;
}
