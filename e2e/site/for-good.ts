import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../kubernetes';
import { kubectl, node, sleep, until } from '../failover/cluster';
import { whole } from './losses';
import type { SiteUp } from './losses';

/** A node that stays off, and how the site became whole without it. */
export interface LossForGood {
  readonly node: string;
  /** The slices that were on it. */
  readonly slices: readonly string[];
  /** Seconds from the loss until each role without a volume had all of its slices ready on other nodes, with no human; undefined where never. */
  readonly wholeAfterSeconds: Readonly<Record<string, number | undefined>>;
  /** Seconds that `cdk8s-slices replace` took for each slice with a volume. */
  readonly replacedInSeconds: Readonly<Record<string, number>>;
}

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly nodeName?: string; readonly volumes?: readonly object[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Takes a node away for good, waits until the site is whole without it, and only then brings the node back. */
export async function loseForGood(site: SiteUp, victim: string, seconds: number): Promise<LossForGood> {
  await whole(site);
  const before = await slicesOf(site);
  const lost = before.filter(({ spec }) => spec.nodeName === victim);
  const roles = [...new Set(lost.filter((pod) => !keeps(pod)).map(roleOf))];
  const lossAt = performance.now();
  await node('off', victim);
  try {
    const wholeAfterSeconds = await wholeAfter(site, victim, roles, before, lossAt, seconds);
    const gone = async () => / NotReady /.test(await kubectl('get', 'node', victim, '--no-headers'));
    await until(`${victim} not ready`, gone, 120);
    const replacedInSeconds: Record<string, number> = {};
    for (const { metadata } of lost.filter(keeps)) replacedInSeconds[metadata.name] = await replaced(metadata.name);
    return { node: victim, slices: lost.map(({ metadata }) => metadata.name), wholeAfterSeconds, replacedInSeconds };
  } finally {
    await node('on', victim);
  }
}

/** Looks once a second until every one of these roles has as many slices ready elsewhere as it had. */
async function wholeAfter(
  site: SiteUp,
  victim: string,
  roles: readonly string[],
  before: readonly Pod[],
  lossAt: number,
  seconds: number,
): Promise<Record<string, number | undefined>> {
  const found: Record<string, number | undefined> = Object.fromEntries(roles.map((role) => [role, undefined]));
  const count = (pods: readonly Pod[], role: string) => pods.filter((pod) => roleOf(pod) === role).length;
  while (performance.now() < lossAt + seconds * 1000 && roles.some((role) => found[role] === undefined)) {
    const now = (await slicesOf(site)).filter((pod) => isReady(pod) && pod.spec.nodeName !== victim);
    const passed = Math.round((performance.now() - lossAt) / 100) / 10;
    for (const role of roles) if (count(now, role) >= count(before, role)) found[role] ??= passed;
    await sleep(1_000);
  }
  return found;
}

async function replaced(pod: string): Promise<number> {
  const start = performance.now();
  const args = ['tsx', 'cli/main.ts', 'replace', pod, '--yes', '--timeout=10m'];
  const { stdout } = await promisify(execFile)('npx', args, { cwd: ROOT });
  process.stdout.write(stdout);
  return Math.round((performance.now() - start) / 100) / 10;
}

async function slicesOf({ namespace }: SiteUp): Promise<Pod[]> {
  const { items } = JSON.parse(await kubectl('-n', namespace, 'get', 'pods', '-o', 'json')) as { items: Pod[] };
  return items.filter(({ metadata }) => metadata.labels['batch.kubernetes.io/job-name'] === undefined);
}

/** Whether it has a volume. One without is made anew with no human. */
function keeps({ spec }: Pod): boolean {
  return (spec.volumes ?? []).some((each) => 'persistentVolumeClaim' in each);
}

function roleOf({ metadata }: Pod): string {
  return metadata.labels['app.kubernetes.io/name'] ?? '';
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
  return ready === true && metadata.deletionTimestamp === undefined;
}
