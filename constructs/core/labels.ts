import { MANAGED, MANAGED_BY, NAME, PART_OF } from '../../contract/labels';
import type { IConstruct } from 'constructs';
import { problem } from './problems';
import { fitsYaml } from './text';

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
const PART = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const KEY = new RegExp(`^((?=[^/]{1,253}/)${PART}([.]${PART})*/)?${WORD}$`);
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
    checkLabelKey(construct, property, key);
    checkLabelValue(construct, `${property}.${key}`, value);
  }
  checkTotal(construct, property, labels);
}

export function checkLabelValue(construct: IConstruct, property: string, value: string): void {
  if (!VALUE.test(value)) problem(construct, property, value, WORDS);
}

/** Annotations by which kubectl and this library know their objects. */
const OWN_ANNOTATIONS = ['kubectl.kubernetes.io/last-applied-configuration'];

/** Checks annotations by Kubernetes' rules: any text under the key of a label. */
export function checkAnnotations(
  construct: IConstruct,
  property: string,
  annotations: Record<string, string> = {},
): void {
  for (const [key, value] of Object.entries(annotations)) {
    checkLabelKey(construct, property, key);
    if (OWN_ANNOTATIONS.includes(key) || key.startsWith('cdk8s-slices/'))
      problem(construct, property, key, 'kubectl or the library itself writes it; leave it out');
    else if (!fitsYaml(value) || value.includes('\0'))
      problem(
        construct,
        `${property}.${key}`,
        value,
        'kubectl would not read it as it is; write text without control characters',
      );
  }
  checkTotal(construct, property, annotations);
}

/** Kubernetes takes 256 KiB of an object's annotations. kubectl keeps the whole object in one more of them. */
const MOST_BYTES = 100_000;

function checkTotal(construct: IConstruct, property: string, texts: Record<string, string>): void {
  if (areTooLarge(texts))
    problem(construct, property, `${bytesOf(texts)} bytes`, 'Kubernetes does not take so much; write 100,000 or fewer');
}

/** Whether annotations or labels are more than an object can have, which is reported of them. */
export function areTooLarge(texts: Record<string, string> = {}): boolean {
  return bytesOf(texts) > MOST_BYTES;
}

function bytesOf(texts: Record<string, string>): number {
  return Object.entries(texts).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
}

export function checkLabelKey(construct: IConstruct, property: string, key: string): void {
  if (!KEY.test(key)) problem(construct, property, key, `${WORDS}, or that behind a domain, as in 'example.org/team'`);
}
