import { MANAGED, MANAGED_BY, NAME, PART_OF } from '../../contract/labels';
import type { IConstruct } from 'constructs';
import { problem } from './problems';

export { MANAGED, MANAGED_BY, NAME, PART_OF };

/** What selects the pods of one role of one site, and nothing else. It never changes: selectors are immutable. */
export function selectorOf(site: string, role: string): Record<string, string> {
  return { [PART_OF]: site, [NAME]: role };
}

/** What tells a role's objects from all others, and their volumes: never those that a site's user may change. */
export function ownLabels(selector: Record<string, string>): Record<string, string> {
  return { [MANAGED]: MANAGED_BY, ...selector };
}

const WORDS = 'write up to 63 letters and digits, with hyphens, dots and underscores between them';
const WORD = '[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';
const KEY = new RegExp(`^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?${WORD}$`);
const VALUE = new RegExp(`^(${WORD})?$`);

/** Labels of a user's own; those by which the library selects are its alone. */
export function checkLabels(site: IConstruct, labels: Record<string, string>): void {
  for (const [key, value] of Object.entries(labels)) {
    if ([MANAGED, PART_OF, NAME].includes(key) || key.startsWith('pod-security.kubernetes.io/'))
      problem(site, 'labels', key, 'the library itself writes it; leave it out');
    else if (!KEY.test(key))
      problem(site, 'labels', key, `${WORDS}, or that behind a domain, as in 'example.org/team'`);
    if (!VALUE.test(value)) problem(site, `labels.${key}`, value, WORDS);
  }
}
