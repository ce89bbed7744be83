import { kubectl } from './apply';
import { LiveObject, dataOf, inventory, nameOf, siteOf } from './inventory';
import { Manifest, namespacesOf } from './manifests';
import { output } from './programs';
import { sitesOf } from './up';

/** What of a cluster no manifest has any more. */
export interface Surplus {
  readonly removed: LiveObject[];
  /** What holds data, or a password: it is named, and yours to throw away. */
  readonly kept: LiveObject[];
}

const HOLDS_DATA: readonly string[] = ['PersistentVolumeClaim', 'Secret', 'Namespace', 'InnoDBCluster'];

/** Splits what the cluster has, and the manifests have not, into what may go and what stays. */
export function surplusOf(live: readonly LiveObject[], manifests: readonly Manifest[]): Surplus {
  const sites = sitesOf(manifests);
  const wanted = new Set(manifests.map(nameOf));
  const found = live.filter((each) => sites.includes(siteOf(each) ?? '') && !wanted.has(nameOf(each)));
  const unclaimed = found.filter((each) => !belongsToWanted(each, manifests));
  const used = configMapsUsedBy([...live, ...manifests].filter((each) => wanted.has(nameOf(each))));
  const isUsed = (each: LiveObject) =>
    each.kind === 'ConfigMap' && used.has(`${each.metadata.namespace}/${each.metadata.name}`);
  return {
    removed: unclaimed.filter((each) => !HOLDS_DATA.includes(each.kind) && !isUsed(each)),
    kept: unclaimed.filter(({ kind }) => HOLDS_DATA.includes(kind)),
  };
}

/** A claim of a StatefulSet that is there, or a Secret that pods of the site read, is no surplus. */
function belongsToWanted({ kind, metadata }: LiveObject, manifests: readonly Manifest[]): boolean {
  if (kind === 'PersistentVolumeClaim')
    return manifests.some(
      (each) =>
        each.kind === 'StatefulSet' &&
        each.metadata.namespace === metadata.namespace &&
        ((each.spec.volumeClaimTemplates ?? []) as Manifest[]).some((claim) =>
          new RegExp(`^${claim.metadata.name}-${each.metadata.name}-\\d+$`).test(metadata.name),
        ),
    );
  return kind === 'Secret' && JSON.stringify(manifests).includes(metadata.name);
}

/** The ConfigMaps that the templates of these objects name. */
function configMapsUsedBy(objects: readonly Manifest[]): Set<string> {
  const used = new Set<string>();
  const look = (value: unknown, namespace: string | undefined, key = ''): void => {
    if (value === null || typeof value !== 'object') return;
    const { name } = value as { name?: unknown };
    if (key.startsWith('configMap') && typeof name === 'string') used.add(`${namespace}/${name}`);
    for (const [each, inner] of Object.entries(value)) look(inner, namespace, Array.isArray(value) ? key : each);
  };
  for (const { spec, metadata } of objects) look(spec, metadata.namespace);
  return used;
}

/**
 * Whether an object may go only once the site is ready: pods of the version before could not start again without their ConfigMap, and a
 * StatefulSet serves until the Deployment of its name does.
 */
export function isNeededUntilReady({ kind, metadata }: Manifest, manifests: readonly Manifest[]): boolean {
  const isSuccessor = (other: Manifest) =>
    other.kind === 'Deployment' &&
    other.metadata.name === metadata.name &&
    other.metadata.namespace === metadata.namespace;
  return kind === 'ConfigMap' || (kind === 'StatefulSet' && manifests.some(isSuccessor));
}

/** Deletes what no manifest has any more, once it was confirmed. */
export async function deleteAll(options: readonly string[], objects: readonly LiveObject[]): Promise<void> {
  for (const { apiVersion, kind, metadata } of objects) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const resource = group ? `${kind}.${version}.${group}` : kind;
    const where = metadata.namespace === undefined ? [] : [`--namespace=${metadata.namespace}`];
    await output(kubectl(options), ['delete', resource, metadata.name, ...where, '--ignore-not-found', '--wait=false']);
  }
}

/** Finds what no manifest has any more. */
export async function findSurplus(options: readonly string[], manifests: readonly Manifest[]): Promise<Surplus> {
  const sites = sitesOf(manifests);
  const [live, data] = await Promise.all([inventory(options, sites, namespacesOf(manifests)), dataOf(options, sites)]);
  return surplusOf([...live, ...data], manifests);
}
