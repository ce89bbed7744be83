import type { V1Deployment, V1Job, V1StatefulSet } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { MANAGED, MANAGED_BY, NAME, PART_OF } from '../../contract/labels';
import { LAST_APPLIED } from '../drift';
import { nameOf } from '../inventory';
import { Manifest } from '../manifests';
import { Slice } from '../slices';
import { Rollout, RolloutCluster } from './rollout';

/** Workloads are changed last: pods of a new version need the rest. */
const WORKLOADS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'];

export function isWorkload({ kind }: Manifest): boolean {
  return WORKLOADS.includes(kind);
}

/** Whether it runs slices of which any does as well as any other, so that Kubernetes replaces one at a time. */
export function isTier({ kind, metadata }: Manifest): boolean {
  return kind === 'Deployment' && metadata.labels?.[MANAGED] === MANAGED_BY;
}

/**
 * The Deployments whose pods a release changes, those that answer pages first.
 *
 * @throws where one is not on the cluster, or is paused: another release is on its way, or was cut off.
 */
export function rolloutsOf(manifests: readonly Manifest[], live: readonly V1Deployment[]): Rollout[] {
  const found = manifests.filter(isTier).flatMap((manifest): Rollout[] => {
    const { namespace = '', name } = manifest.metadata;
    const now = live.find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name);
    if (!now) throw new Error(`the cluster has no ${nameOf(manifest)}: run 'cdk8s-slices up' first`);
    const before = beforeOf('Deployment', now);
    if (before.spec.paused === true || now.spec?.paused === true)
      throw new Error(
        `${name} is paused: another release is on its way, or was cut off. If none is, 'cdk8s-slices up' goes on with the images of the file`,
      );
    if (same(before.spec.template, manifest.spec.template)) return [];
    return [{ namespace, name, manifest, before, port: portOf(manifest) }];
  });
  return found.sort((a, b) => Number(a.port === undefined) - Number(b.port === undefined));
}

/** @throws where somebody else has changed one of them since the release was planned, as another release that was quicker. */
export async function checkUnchanged(
  rollouts: readonly Rollout[],
  cluster: Pick<RolloutCluster, 'deployment'>,
): Promise<void> {
  for (const { namespace, name, before } of rollouts) {
    const now = beforeOf('Deployment', await cluster.deployment(namespace, name));
    if (now.spec.paused === true || !same(now.spec.template, before.spec.template))
      throw new Error(
        `${name} was changed meanwhile: another release is on its way, or was quicker; release again after it`,
      );
  }
}

/** The names of Jobs that are not done: a release that was cut off may have begun one. */
export function undoneJobs(manifests: readonly Manifest[], live: readonly V1Job[]): string[] {
  const done = live.filter(({ status }) => status?.succeeded).map(({ metadata }) => metadata?.name);
  return manifests
    .filter(({ kind, metadata }) => kind === 'Job' && !done.includes(metadata.name))
    .map(({ metadata }) => metadata.name);
}

/** The slices of a tier: another one's names may begin with its name. */
export function slicesOfTier(slices: readonly Slice[], { namespace, manifest }: Rollout): Slice[] {
  const role = manifest.metadata.labels?.[NAME];
  return slices.filter((each) => each.namespace === namespace && each.role === role);
}

/** What was applied before of the StatefulSets whose pods change. */
export function changedSets(manifests: readonly Manifest[], live: readonly V1StatefulSet[]): Manifest[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    if (kind !== 'StatefulSet') return [];
    const now = live.find(
      (each) => each.metadata?.namespace === metadata.namespace && each.metadata?.name === metadata.name,
    );
    const before = now && beforeOf(kind, now);
    return before && !same(before.spec.template, spec.template) ? [before] : [];
  });
}

/** What was applied last; of what nobody applied by kubectl, what it is. */
function beforeOf(kind: string, { metadata, spec }: V1Deployment | V1StatefulSet): Manifest {
  const text = metadata?.annotations?.[LAST_APPLIED];
  if (text !== undefined) return JSON.parse(text) as Manifest;
  const { name = '', namespace = '', labels = {} } = metadata ?? {};
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace, labels }, spec };
}

function portOf({ spec }: Manifest): number | undefined {
  const [first] = spec.template.spec.containers as { ports?: { name?: string; containerPort: number }[] }[];
  return first?.ports?.find(({ name }) => name === 'http')?.containerPort;
}

/** By content: the order of keys says nothing. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null && each !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

/** Every image that manifests name, of any container. */
export function imagesOf(value: unknown): string[] {
  const found = new Set<string>();
  const look = (each: unknown): void => {
    if (each === null || typeof each !== 'object') return;
    for (const key of ['containers', 'initContainers'])
      for (const container of ((each as Record<string, unknown>)[key] ?? []) as { image?: unknown }[])
        if (typeof container?.image === 'string') found.add(container.image);
    for (const inner of Object.values(each)) look(inner);
  };
  look(value);
  return [...found].sort();
}

/** Whether a site runs an image, pinned or not, from its own registry or from a mirror of that. */
export function isAmong(images: readonly string[], image: string): boolean {
  // A mirror has the image without the name of its registry.
  const path = /^(?:[^/]*[.:][^/]*|localhost)\/(.+)$/.exec(image)?.[1] ?? image;
  return images.some((each) =>
    [each, each.split('@')[0]].some((name) => name === image || name?.endsWith(`/${path}`) === true),
  );
}

/** How the site follows Git, where it does: the folder of its manifests there. */
export function followedFolder(manifests: readonly Manifest[]): string | undefined {
  for (const { kind, apiVersion, metadata, spec } of manifests) {
    if (metadata.labels?.[PART_OF] === undefined) continue;
    if (kind === 'Kustomization' && apiVersion.startsWith('kustomize.toolkit.fluxcd.io/')) return spec.path as string;
    if (kind === 'Application' && apiVersion.startsWith('argoproj.io/')) return spec.source.path as string;
  }
  return undefined;
}
