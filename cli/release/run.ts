import type { V1Job, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { troubleOfJob } from '../jobs';
import { Gate, GateError, brokenReason } from './gate';
import { Hiccups } from './hiccups';
import { checkUnchanged } from './plan';
import { Clock, Rollout, RolloutCluster, RolloutTimes, SliceBySlice, goBack } from './rollout';

/** What a release does on the cluster. */
export interface ReleaseCluster extends RolloutCluster {
  /** The Jobs of the site, with their pods. */
  jobs(): Promise<{ jobs: V1Job[]; pods: V1Pod[] }>;
  removeJob(namespace: string, name: string): Promise<void>;
}

/** A release that is about to run. */
export interface Release {
  readonly rollouts: readonly Rollout[];
  /** The names of Jobs that have to be done first. */
  readonly jobs: readonly string[];
  /** How long these may take, in seconds. */
  readonly jobSeconds: number;
  readonly times: RolloutTimes;
}

/** Runs what has to run first, such as a tier's `migrate`. @throws GateError where it fails; its Job is then deleted */
export async function runJobs(
  { jobs: names, jobSeconds }: Release,
  cluster: ReleaseCluster,
  clock: Clock,
  say: (line: string) => void,
): Promise<void> {
  const start = clock.now();
  const hiccups = new Hiccups();
  for (;;) {
    const { jobs, pods } = await cluster.jobs();
    const open = jobs.filter(({ metadata, status }) => names.includes(metadata?.name ?? '') && !status?.succeeded);
    if (open.length === 0) return;
    for (const job of open) {
      const reason = hopeless(job, pods, hiccups, clock.now()) ?? overdue(job, pods, clock.now() - start, jobSeconds);
      if (reason === undefined) continue;
      for (const { metadata } of open) await cluster.removeJob(metadata?.namespace ?? '', metadata?.name ?? '');
      throw new GateError(`${job.metadata?.name}: ${reason}`);
    }
    if (clock.now() - start < 1000) say(`${open.map(({ metadata }) => metadata?.name).join(', ')} runs first`);
    await clock.pause();
  }
}

function hopeless(job: V1Job, pods: readonly V1Pod[], hiccups: Hiccups, now: number): string | undefined {
  const trouble = troubleOfJob(job, pods, Date.now());
  if (trouble.final) return trouble.reason;
  const pod = pods.find(({ metadata }) => metadata?.name === trouble.pod);
  const reason = pod && brokenReason(pod);
  // An image that no node gets: Kubernetes does not count that as a failure of the Job.
  const isBroken = reason?.includes(' cannot run ') === true;
  return hiccups.isOver(job.metadata?.name ?? '', isBroken, now) ? reason : undefined;
}

function overdue(job: V1Job, pods: readonly V1Pod[], ms: number, seconds: number): string | undefined {
  return ms < seconds * 1000 ? undefined : `${troubleOfJob(job, pods, Date.now()).reason}, after ${seconds} s`;
}

/** Gives Deployments back what they ran before, whatever becomes of one of them. @throws where one does not run it again */
export async function goBackAll(
  rollouts: readonly Rollout[],
  cluster: ReleaseCluster,
  clock: Pick<Clock, 'now'>,
  pause: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const failures: string[] = [];
  for (const each of rollouts) {
    try {
      await goBack(each, cluster, clock, pause);
      say(`${each.name} runs again what it ran before`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

/** What follows the Deployments of a release. */
export interface Rest {
  readonly apply: () => Promise<void>;
  readonly putBack: () => Promise<void>;
}

/** Applies the rest of a release. @throws GateError where it fails: the rest and the Deployments then go back */
export async function applyRest(
  rest: Rest,
  goBackToo: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  try {
    await rest.apply();
  } catch (error) {
    say(`goes back: ${(error as Error).message}`);
    try {
      await rest.putBack();
    } finally {
      await goBackToo();
    }
    throw new GateError((error as Error).message);
  }
}

/**
 * Rolls out all Deployments of a release, one after the other, each slice through the gate. Where one is bad, all of them go back.
 *
 * @throws GateError where it went back; another error where somebody else has changed one meanwhile.
 */
export async function rollOut(
  { rollouts, times }: Release,
  cluster: ReleaseCluster,
  gate: Gate,
  clock: Clock,
  say: (line: string) => void,
  restPause: () => Promise<void>,
): Promise<void> {
  await checkUnchanged(rollouts, cluster);
  const begun: Rollout[] = [];
  try {
    for (const rollout of rollouts) {
      begun.unshift(rollout);
      // Only the first slices of all are the canary.
      const own = begun.length === 1 ? times : { ...times, canary: 0 };
      await new SliceBySlice(rollout, cluster, gate, own, clock, say).run();
    }
  } catch (error) {
    say(`goes back: ${(error as Error).message}`);
    await goBackAll(begun, cluster, clock, restPause, say);
    throw error;
  }
}
