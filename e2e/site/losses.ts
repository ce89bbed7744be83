import { loadavg } from 'node:os';
import { NODE_SILENT } from '../../contract/events';
import { kubectl, node, run, sleep, until } from '../failover/cluster';
import { podsOf } from '../kubernetes';
import { hang, resume } from '../failover/hang';
import { Prober } from '../failover/prober';
import { harm } from './harm';
import type { Harm } from './harm';

/** How a node is lost, and how it comes back. */
const FAULTS = {
  power: { begin: (name: string) => node('off', name), end: (name: string) => node('on', name) },
  cut: { begin: (name: string) => node('cut', name), end: (name: string) => node('heal', name) },
  hang: { begin: hang, end: resume },
} as const;
export type Fault = keyof typeof FAULTS;

/** A site that is up, and one of its pages. */
export interface SiteUp {
  readonly namespace: string;
  readonly url: string;
}

/** One loss, and what each client saw. */
export interface Loss {
  readonly fault: Fault;
  readonly node: string;
  /** What was on that node, the active ones of pairs marked. */
  readonly pods: readonly string[];
  /** Seconds until the first pod of the node was not ready any more. */
  readonly markedAfterSeconds: number | undefined;
  readonly patient: Harm;
  readonly hasty: Harm;
  readonly load: number;
}

/** A client that waits as long as people do, and one that gives up: each asks twice a second, on a connection of its own. */
const CLIENTS = { patient: 20_000, hasty: 1_000 };

/** Takes a node away for some seconds while clients ask for pages, and brings it back. */
export async function lose(site: SiteUp, fault: Fault, victim: string, seconds: number): Promise<Loss> {
  await whole(site);
  const pods = await podsOn(site.namespace, victim);
  const probers = Object.values(CLIENTS).map((timeoutMs) => new Prober(site.url, 2, timeoutMs));
  await sleep(5_000);
  const lossAt = performance.now();
  const lostAt = Date.now();
  await FAULTS[fault].begin(victim);
  const marked = markedAt(site.namespace, victim, lossAt + seconds * 1000);
  await sleep(seconds * 1000);
  const [patient, hasty] = await Promise.all(probers.map((prober) => prober.stop()));
  const load = Math.round((loadavg()[0] ?? 0) * 10) / 10;
  const at = await marked;
  const markedAfterSeconds = at === undefined ? undefined : Math.round(at - lossAt) / 1000;
  await FAULTS[fault].end(victim);
  // Until then its pods are told of as they were before the loss: another loss would be one of two nodes.
  if (fault === 'power') await until('the pods of the node', () => startedSince(site.namespace, victim, lostAt), 180);
  return {
    fault,
    node: victim,
    pods,
    markedAfterSeconds,
    patient: harm(patient!, lossAt),
    hasty: harm(hasty!, lossAt),
    load,
  };
}

/** Waits until every node and every slice is ready, and pages are fast again. */
export async function whole({ namespace, url }: SiteUp): Promise<void> {
  await until('every node ready', async () => !/ NotReady /.test(await kubectl('get', 'nodes', '--no-headers')), 180);
  // A mark of the agents is in the condition alone: the containers' states are what a kubelet said last.
  const columns = 'custom-columns=P:.status.phase,R:.status.conditions[?(@.type=="Ready")].status';
  const ready = async () => {
    const lines = (await kubectl('-n', namespace, 'get', 'pods', '--no-headers', '-o', columns)).split('\n');
    return lines.every((line) => /^Succeeded |^Running +True$/.test(line));
  };
  await until('every slice ready', ready, 240);
  await until('pages that are fast', async () => fast(url), 120);
}

/** Whether each container that runs on a node was started after a time. */
async function startedSince(namespace: string, victim: string, time: number): Promise<boolean> {
  const path =
    'jsonpath={range .items[?(@.status.phase=="Running")]}{.status.containerStatuses[*].state.running.startedAt} {end}';
  const on = `--field-selector=spec.nodeName=${victim}`;
  const starts = (await kubectl('-n', namespace, 'get', 'pods', on, '-o', path)).split(/\s+/).filter(Boolean);
  return starts.every((each) => Date.parse(each) >= time - 1_000);
}

async function fast(url: string): Promise<boolean> {
  for (let count = 0; count < 6; count++) {
    const startedAt = performance.now();
    const { ok } = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) });
    if (!ok || performance.now() - startedAt > 1_000) return false;
  }
  return true;
}

/** The pods of a site on a node, and those of the cluster's DNS. */
async function podsOn(namespace: string, victim: string): Promise<string[]> {
  const names = async (space: string, ...more: string[]) => {
    const columns = 'custom-columns=N:.metadata.name,R:.metadata.labels.cdk8s-slices/instance-role,P:.status.phase';
    const on = `--field-selector=spec.nodeName=${victim}`;
    const lines = await kubectl('-n', space, 'get', 'pods', on, ...more, '--no-headers', '-o', columns);
    return lines
      .split('\n')
      .filter((line) => line.includes('Running'))
      .map((line) => line.split(/\s+/))
      .map(([name = '', role]) => (role === 'active' ? `${name} (active)` : name));
  };
  const dns = await names('kube-system', '-l', 'k8s-app=kube-dns');
  return [...(await names(namespace)), ...dns].sort();
}

/** When a pod of the node was first seen not to be ready. */
async function markedAt(namespace: string, victim: string, end: number): Promise<number | undefined> {
  while (performance.now() < end) {
    const on = `--field-selector=spec.nodeName=${victim}`;
    const path = 'jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].reason}{"\\n"}{end}';
    const reasons = await run('kubectl', '-n', namespace, 'get', 'pods', on, '-o', path).catch(() => '');
    if (reasons.includes(NODE_SILENT)) return performance.now();
    await sleep(100);
  }
  return undefined;
}

/** The node with the active balancer, that with the database that takes writes, or any by its name. */
export async function nodeOf({ namespace }: SiteUp, wanted: string): Promise<string> {
  if (wanted.startsWith('node')) return wanted;
  const [role = '', number = '1'] = wanted.split(/-(?=\d)/);
  const active = `app.kubernetes.io/name=${role},cdk8s-slices/instance-role=active`;
  const path = 'jsonpath={.items[*].spec.nodeName}';
  const holder = await kubectl('-n', namespace, 'get', 'pods', '-l', active, '-o', path).catch(() => '');
  if (holder) return holder;
  const pods = await podsOf(namespace, role);
  const pod = pods[Number(number) - 1] ?? pods[0];
  return kubectl('-n', namespace, 'get', 'pod', pod, '-o', 'jsonpath={.spec.nodeName}');
}
