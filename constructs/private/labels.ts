/** Marks every object as this library's. */
export const MANAGED_BY = 'cdk8s-slices';

export const PART_OF = 'app.kubernetes.io/part-of';
export const NAME = 'app.kubernetes.io/name';

/** What selects the pods of one role of one site, and nothing else. It never changes: selectors are immutable. */
export function selectorOf(site: string, role: string): Record<string, string> {
  return { [PART_OF]: site, [NAME]: role };
}
