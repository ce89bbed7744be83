import type { V1CronJob, V1EnvVar, V1Job, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { MANAGED, MANAGED_BY, NAME, PART_OF } from '../contract/labels';
import { lastPodOf, troubleOfJob } from './jobs';

/** What a task that is run now asks of a cluster. */
export interface TaskCluster {
  /** Makes the Job that a CronJob would. */
  create(cronJob: V1CronJob, name: string, env: readonly V1EnvVar[]): Promise<void>;
  job(namespace: string, name: string): Promise<V1Job>;
  pods(namespace: string): Promise<V1Pod[]>;
  /** The last lines of a container's log. */
  log(namespace: string, pod: string, container: string, lines: number): Promise<string | undefined>;
  pause(): Promise<void>;
  now(): number;
}

/**
 * The CronJob of a role that has this task: `dump` of `db`.
 *
 * @throws where there is none, or more than one.
 */
export function cronJobOf(all: readonly V1CronJob[], task: string, role?: string, site?: string): V1CronJob {
  const labelOf = ({ metadata }: V1CronJob, label: string) => metadata?.labels?.[label] ?? '';
  const own = all.filter((each) => labelOf(each, MANAGED) === MANAGED_BY && labelOf(each, NAME).endsWith(`-${task}`));
  const roleOf = (each: V1CronJob) => labelOf(each, NAME).slice(0, -task.length - 1);
  const found = own.filter(
    (each) => (role === undefined || roleOf(each) === role) && (site === undefined || labelOf(each, PART_OF) === site),
  );
  const [first] = found;
  const known = own.map((each) => `${roleOf(each)} ${labelOf(each, PART_OF)}`).join(', ');
  if (!first)
    throw new Error(`the cluster has no such backup; ${known === '' ? 'it has none' : `write one of ${known}`}`);
  if (found.length > 1) throw new Error(`there is more than one: write one of ${known}`);
  return first;
}

export interface TaskOptions {
  /** More of the environment of its containers. */
  readonly env?: readonly V1EnvVar[];
  /** Lines of the log that say what came out. */
  readonly result: RegExp;
  /** How long it may take. */
  readonly seconds: number;
}

/** More tables than a site is likely to have, as each has a line. */
const MOST_LINES = 2000;

/**
 * Runs the task of a CronJob now, and waits for its end.
 *
 * @returns the lines of its log that are its result.
 * @throws where it fails or takes longer; the error says why.
 */
export async function runNow(
  cronJob: V1CronJob,
  cluster: TaskCluster,
  { env = [], result, seconds }: TaskOptions,
  say: (line: string) => void,
): Promise<string[]> {
  const { namespace = '', name: task = '' } = cronJob.metadata ?? {};
  const name = `${task}-${Math.floor(cluster.now() / 1000).toString(36)}`;
  await cluster.create(cronJob, name, env);
  const start = cluster.now();
  let told: string | undefined;
  for (;;) {
    const [job, pods] = await Promise.all([cluster.job(namespace, name), cluster.pods(namespace)]);
    const last = lastPodOf(namespace, name, pods);
    if (job.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True'))
      return wordsOf(cluster, last, result);
    const { reason, container, final } = troubleOfJob(job, pods, Date.now());
    const passed = Math.round((cluster.now() - start) / 1000);
    if (final || passed >= seconds) {
      const word = last && container && (await cluster.log(namespace, last.metadata?.name ?? '', container, 1));
      throw new Error(
        `${name}: ${reason}${word ? `; it said last: ${word}` : ''}${final ? '' : `, after ${passed} s`}`,
      );
    }
    if (reason !== told) say(`${name}: ${reason}`);
    told = reason;
    await cluster.pause();
  }
}

async function wordsOf(cluster: TaskCluster, pod: V1Pod | undefined, result: RegExp): Promise<string[]> {
  const { namespace = '', name = '' } = pod?.metadata ?? {};
  const logs = await Promise.all(
    (pod?.spec?.containers ?? []).map((each) => cluster.log(namespace, name, each.name, MOST_LINES)),
  );
  return logs.flatMap((log) => log?.split('\n') ?? []).filter((line) => result.test(line));
}
