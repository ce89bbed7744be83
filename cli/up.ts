import { PART_OF } from '../contract/labels';
import { setTimeout as sleep } from 'node:timers/promises';
import { Manifest } from './manifests';
import { Cluster } from './cluster';
import { Slice, selectorOf, slicesOf } from './slices';

/** How often the cluster is asked, in milliseconds. */
const PAUSE = 2000;

/** How long a metrics server may take to know of a slice that has just started: it asks every 15 s, and needs two answers. */
const METRICS_SECONDS = 60;

/** Something that a site still lacks: a slice, a Job, an address. */
interface Wait {
  readonly name: string;
  readonly reason: string;
  /** The slice, where its programs may have more to say. */
  readonly slice?: Slice;
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
 * @throws after so many seconds; the error says which slice waits for what.
 */
export async function waitForSites(
  cluster: Cluster,
  sites: readonly string[],
  seconds: number,
  say: (line: string) => void,
  pause = PAUSE,
): Promise<void> {
  const start = performance.now();
  const told = new Map<string, string>();
  let readyAt: number | undefined;
  for (;;) {
    const slices = await slicesOf(cluster, sites);
    const waits = await waitsOf(cluster, sites, slices);
    const passed = Math.round((performance.now() - start) / 1000);
    for (const [name, news] of newsOf(slices, waits)) {
      if (told.get(name) === news) continue;
      told.set(name, news);
      say(`${String(passed).padStart(4)} s  ${name}  ${news}`);
    }
    readyAt = slices.length > 0 && waits.length === 0 ? (readyAt ?? passed) : undefined;
    if (readyAt !== undefined && (isMeasured(slices) || passed - readyAt >= METRICS_SECONDS)) return;
    if (readyAt === undefined && passed >= seconds) throw new Error(await complaint(cluster, seconds, waits));
    await sleep(pause);
  }
}

async function waitsOf(cluster: Cluster, sites: readonly string[], slices: Slice[]): Promise<Wait[]> {
  const labelSelector = selectorOf(sites);
  const [jobs, services] = await Promise.all([cluster.jobs(labelSelector), cluster.services(labelSelector)]);
  // One that a schedule made has an owner, and is nothing that a site waits for.
  const undone = jobs.filter(
    ({ metadata, status }) => !metadata?.ownerReferences?.length && (status?.succeeded ?? 0) === 0,
  );
  const nameless = services.filter(
    ({ spec, status }) => spec?.type === 'LoadBalancer' && !status?.loadBalancer?.ingress?.length,
  );
  return [
    ...slices.flatMap((slice) => waitOf(slice) ?? []),
    ...undone.map(({ metadata, status }) => ({
      name: metadata?.name ?? '',
      reason: `the Job is not done${status?.failed ? `, and has failed ${status.failed} times` : ''}`,
    })),
    ...nameless.map(({ metadata }) => ({
      name: metadata?.name ?? '',
      reason: 'no address: the cluster needs something that gives Services of type LoadBalancer one',
    })),
  ];
}

function waitOf(slice: Slice): Wait | undefined {
  if (slice.trouble !== undefined) return { name: slice.name, reason: slice.trouble, slice };
  if (slice.old) return { name: slice.name, reason: 'runs what it ran before, and its turn has not come' };
  return undefined;
}

function newsOf(slices: Slice[], waits: Wait[]): [string, string][] {
  const ready = slices.filter((slice) => !waits.some((wait) => wait.slice === slice || wait.name === slice.name));
  return [
    ...waits.map(({ name, reason }): [string, string] => [name, reason]),
    ...ready.map(({ name, part, node }): [string, string] => [name, `${part ?? 'ready'} on ${node}`]),
  ];
}

async function complaint(cluster: Cluster, seconds: number, waits: Wait[]): Promise<string> {
  const lines = await Promise.all(
    waits.map(async ({ name, reason, slice }) => {
      const last = slice && (await lastWords(cluster, slice));
      return `  ${name}: ${reason}${last ? `; it said last: ${last}` : ''}`;
    }),
  );
  return [`the site is not up after ${seconds} s, for it waits for`, ...lines].join('\n');
}

/** Whether the RAM of each is known; a metrics server knows that of a new slice some seconds after it has started. */
function isMeasured(slices: Slice[]): boolean {
  const known = slices.filter(({ used }) => used !== undefined);
  return known.length === 0 || known.length === slices.length;
}

/** The last line of the log of the container that is not ready: what it waits for itself, it says there. */
async function lastWords(cluster: Cluster, { namespace, pod, unready }: Slice): Promise<string | undefined> {
  if (unready === undefined) return undefined;
  const log = await cluster.log({ namespace, pod, container: unready, lines: 1 });
  return log?.slice(0, 300);
}
