import type { Role } from './role';
import type { Site } from './site';

/** The pods of StatefulSets that keep nothing, by their site: who ends their eviction may remove these and no others. */
const EVICTABLE = new WeakMap<Site, { readonly namespace: string; readonly pods: readonly string[] }[]>();

/** Says that the slices of a role have names, and no volume. */
export function noteEvictable({ site, namespace, slices }: Role): void {
  const pods = slices.map(({ podName }) => podName as string);
  EVICTABLE.set(site, [...(EVICTABLE.get(site) ?? []), { namespace, pods }]);
}

/** The pods of a site that keep nothing. It is complete once all roles are made. */
export function evictableOf(site: Site): string[] {
  const own = (EVICTABLE.get(site) ?? []).filter(({ namespace }) => namespace === site.namespace);
  return own.flatMap(({ pods }) => pods);
}
