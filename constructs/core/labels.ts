import { MANAGED, MANAGED_BY, NAME, PART_OF } from '../../contract/labels';
import type { IConstruct } from 'constructs';
import { problem } from './problems';

export { MANAGED, MANAGED_BY, NAME, PART_OF };

/** The selector of the pods of one role of one site, and of nothing else. It never changes: selectors are immutable. */
export function selectorOf(site: string, role: string): Record<string, string> {
  return { [PART_OF]: site, [NAME]: role };
}

/** Labels that tell a role's objects, and their volumes, from all others: never labels that a site's user may change. */
export function ownLabels(selector: Record<string, string>): Record<string, string> {
  return { [MANAGED]: MANAGED_BY, ...selector };
}

const WORDS = 'write up to 63 letters and digits, with hyphens, dots and underscores between them';
const WORD = '[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';
const KEY = new RegExp(`^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?${WORD}$`);
const VALUE = new RegExp(`^(${WORD})?$`);

/** Labels that the library writes: it selects by some, and agents and controllers change others. */
const OWN = [MANAGED, PART_OF, NAME, 'controller-revision-hash'];
const OWN_DOMAINS = [
  'cdk8s-slices/',
  ...['pod-security', 'statefulset', 'apps', 'batch'].map((each) => `${each}.kubernetes.io/`),
];

/** A user's own labels. The library alone writes the labels by which it selects. */
export function checkLabels(construct: IConstruct, property: string, labels: Record<string, string> = {}): void {
  const isOwn = (key: string) => OWN.includes(key) || OWN_DOMAINS.some((domain) => key.startsWith(domain));
  const own = Object.keys(labels).filter(isOwn);
  for (const key of own) problem(construct, property, key, 'the library itself writes it; leave it out');
  const others = Object.entries(labels).filter(([key]) => !own.includes(key));
  checkLabelTexts(construct, property, Object.fromEntries(others));
}

/** Checks labels by Kubernetes' rules. */
export function checkLabelTexts(construct: IConstruct, property: string, labels: Record<string, string> = {}): void {
  for (const [key, value] of Object.entries(labels)) {
    checkKey(construct, property, key);
    if (!VALUE.test(value)) problem(construct, `${property}.${key}`, value, WORDS);
  }
}

/** Checks annotations by Kubernetes' rules: any text under the key of a label. */
export function checkAnnotations(
  construct: IConstruct,
  property: string,
  annotations: Record<string, string> = {},
): void {
  for (const key of Object.keys(annotations)) checkKey(construct, property, key);
}

function checkKey(construct: IConstruct, property: string, key: string): void {
  if (!KEY.test(key)) problem(construct, property, key, `${WORDS}, or that behind a domain, as in 'example.org/team'`);
}
