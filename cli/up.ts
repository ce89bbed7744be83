import type { V1Job, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { PART_OF } from '../contract/labels';
import { setTimeout as sleep } from 'node:timers/promises';
import { Manifest } from './manifests';
import { Cluster, LogOf } from './cluster';
import { troubleOfJob } from './jobs';
import { Slice, selectorOf, slicesOf } from './slices';

/** How often the cluster is asked, in milliseconds. */
const PAUSE = 2000;

/** How long a metrics server may take to know of a slice that has just started: it asks every 15 s, and needs two answers. */
const METRICS_SECONDS = 60;

/** Something that a site still lacks: a slice, a Job, an address. */
interface Wait {
  readonly name: string;
  readonly reason: string;
  /** The log that may say more. */
  readonly log?: Omit<LogOf, 'lines'>;
  /** Whether it is no use to wait any longer. */
  readonly final?: boolean;
}

/** The sites that manifests are of. */
export function sitesOf(manifests: readonly Manifest[]): string[] {
  const names = manifests.map(({ metadata }) => metadata.labels?.[PART_OF]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

/**
 * Waits until every slice of the sites is ready and of the version that was applied last, every Job is done and every
 * address is there, and says of each slice what it waits for as that changes.
 *
 * @throws after so many seconds, or once a Job has failed for good; the error says which slice waits for what.
 */
export async function waitForSites(
  cluster: Cluster,
  sites: readonly string[],
  seconds: number,
  say: (line: string) => void,
  pause: () => Promise<unknown> = () => sleep(PAUSE),
): Promise<void> {
  const start = performance.now();
  const told = new Map<string, string>();
  let readyAt: number | undefined;
  for (;;) {
    const slices = await slicesOf(cluster, sites);
    const waits = await waitsOf(cluster, sites, slices);
    const passed = Math.round((performance.now() - start) / 1000);
    for (const { name, reason, log } of newsOf(slices, waits)) {
      if (told.get(name) === reason) continue;
      told.set(name, reason);
      say(`${String(passed).padStart(4)} s  ${name}  ${reason}${await lastWords(cluster, log)}`);
    }
    readyAt = slices.length > 0 && waits.length === 0 ? (readyAt ?? passed) : undefined;
    if (readyAt !== undefined && (isMeasured(slices) || passed - readyAt >= METRICS_SECONDS)) return;
    const isHopeless = waits.some(({ final }) => final);
    if (isHopeless || (readyAt === undefined && passed >= seconds))
      throw new Error(await complaint(cluster, passed, waits));
    await pause();
  }
}

async function waitsOf(cluster: Cluster, sites: readonly string[], slices: Slice[]): Promise<Wait[]> {
  const labelSelector = selectorOf(sites);
  const [jobs, services] = await Promise.all([cluster.jobs(labelSelector), cluster.services(labelSelector)]);
  // One that a schedule made has an owner, and is nothing that a site waits for.
  const undone = jobs.filter(
    ({ metadata, status }) => !metadata?.ownerReferences?.length && (status?.succeeded ?? 0) === 0,
  );
  const pods = undone.length > 0 ? await cluster.pods(labelSelector) : [];
  const nameless = services.filter(
    ({ spec, status }) => spec?.type === 'LoadBalancer' && !status?.loadBalancer?.ingress?.length,
  );
  return [
    ...slices.flatMap((slice) => waitOf(slice) ?? []),
    ...undone.map((job) => waitOfJob(job, pods)),
    ...nameless.map(({ metadata }) => ({
      name: metadata?.name ?? '',
      reason: 'no address: the cluster needs something that gives Services of type LoadBalancer one',
    })),
  ];
}

function waitOf({ name, namespace, pod, trouble, old }: Slice): Wait | undefined {
  if (trouble) {
    const { reason, container, restarted = false } = trouble;
    return {
      name,
      reason,
      ...(container !== undefined && { log: { namespace, pod, container, previous: restarted } }),
    };
  }
  if (old) return { name, reason: 'runs what it ran before, and its turn has not come' };
  return undefined;
}

function waitOfJob(job: V1Job, pods: readonly V1Pod[]): Wait {
  const { namespace = '', name = '' } = job.metadata ?? {};
  const { reason, container, pod, final } = troubleOfJob(job, pods, Date.now());
  const log = pod === undefined || container === undefined ? {} : { log: { namespace, pod, container } };
  return { name, reason, final, ...log };
}

function newsOf(slices: Slice[], waits: Wait[]): Wait[] {
  const ready = slices.filter((slice) => !waits.some((wait) => wait.name === slice.name));
  return [...waits, ...ready.map(({ name, part, node }) => ({ name, reason: `${part ?? 'ready'} on ${node}` }))];
}

async function complaint(cluster: Cluster, passed: number, waits: Wait[]): Promise<string> {
  const lines = await Promise.all(
    waits.map(async ({ name, reason, log }) => `  ${name}: ${reason}${await lastWords(cluster, log)}`),
  );
  return [`the site is not up after ${passed} s, for it waits for`, ...lines].join('\n');
}

/** Whether the RAM of each is known; a metrics server knows that of a new slice some seconds after it has started. */
function isMeasured(slices: Slice[]): boolean {
  const known = slices.filter(({ used }) => used !== undefined);
  return known.length === 0 || known.length === slices.length;
}

/** The last line of a log: what a container waits for itself, or why it ended, it says there. */
async function lastWords(cluster: Cluster, log: Wait['log']): Promise<string> {
  const line = log && (await cluster.log({ ...log, lines: 1 }));
  return line === undefined ? '' : `; it said last: ${line.slice(0, 300)}`;
}
