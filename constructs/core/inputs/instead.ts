import { IConstruct } from 'constructs';
import { INPUT_TYPES } from './input-types-bundle';
import { MOST_SECONDS, amountOf, isInstance, isPlain } from './instances';

/** Names that other tools have for some properties. */
const OTHER_NAMES: Record<string, string> = {
  replicas: 'slices',
  instances: 'slices',
  count: 'slices',
  memory: 'ram',
  env: 'environment',
  outside: 'egress',
  prepare: 'migrate',
  disk: 'storage',
  cron: 'schedule',
};

/** Advice for a value of another type. */
export function insteadOf(type: string, value: unknown): string {
  const instead = ofType(type, value);
  return value === undefined ? `it is missing; ${instead}` : instead;
}

/** Advice for an unknown name of a property. */
export function insteadOfName(name: string, known: string[]): string {
  const near = nearest(name, known);
  const none = 'there is no property of this name';
  if (near) return `${none}; did you mean '${near}'? Otherwise leave it out`;
  return `${none}; leave it out, or write one of: ${known.join(', ')}`;
}

function ofType(type: string, value: unknown): string {
  if (type.endsWith('[]')) return ofList(type.slice(0, -2), value);
  if (type.startsWith('Map<')) return `write names and values in braces, as in ${exampleOf(type)}`;
  switch (type) {
    case 'string':
      return typeof value === 'number' || typeof value === 'boolean' ? `write text, as '${value}'` : ofText(value);
    case 'number':
      return `write a number${isNumeric(value) ? `, as ${Number(value)} without quotes` : ''}`;
    case 'integer':
      return `write a whole number${isNumeric(value) ? `, as ${Math.round(Number(value))} without quotes` : ''}`;
    case 'boolean':
      return 'write true or false';
    case 'Size':
      return ofSize(value);
    case 'Duration':
      return ofDuration(value);
    case 'k8s.Quantity':
      return "write an amount, such as k8s.Quantity.fromString('100Mi')";
    default:
      return ofOwn(type);
  }
}

function ofSize(value: unknown): string {
  if (!isInstance(value, 'Size')) return `write an amount of memory or disk, such as ${sizeLike(value)}`;
  const amount = amountOf(value);
  if (Number.isFinite(amount)) return 'Kubernetes counts to 8 EiB; write less';
  return `write a number in it, such as Size.mebibytes(${(isNumeric(amount) && Number(amount)) || 512})`;
}

function ofDuration(value: unknown): string {
  if (!isInstance(value, 'Duration'))
    return `write a time, such as Duration.seconds(${Number.parseFloat(textOf(value)) || 30})`;
  const amount = amountOf(value);
  if (Number.isFinite(amount)) return `write Duration.days(${Math.floor(MOST_SECONDS / 86_400)}) or less`;
  return `write a number in it, such as Duration.seconds(${(isNumeric(amount) && Number(amount)) || 30})`;
}

/** Kubernetes' own lists have names in objects, `[{ name: 'pull' }]`. */
function ofText(value: unknown): string {
  const { name } = isPlain(value) ? value : {};
  return typeof name === 'string' ? `write text, as '${name}'` : 'write text';
}

function ofList(type: string, value: unknown): string {
  if (type === 'string' && typeof value === 'string' && value.trim())
    return `write a list, as [${value
      .trim()
      .split(/\s+/)
      .map((word) => `'${word}'`)
      .join(', ')}]`;
  const one = isInstance(value, 'Construct') ? (value as IConstruct).node.id : exampleOf(type);
  return `write a list, as [${one}]`;
}

function ofOwn(type: string): string {
  const values = INPUT_TYPES.enums[type];
  if (values)
    return `write ${Object.keys(values)
      .map((each) => `${type}.${each}`)
      .join(' or ')}`;
  const fields = INPUT_TYPES.structs[type];
  if (fields) return ofStruct(Object.keys(fields));
  const made = factoriesOf(type);
  if (made.length > 0) return `write ${made.map((each) => `${each}(…)`).join(' or ')}`;
  if (INPUT_TYPES.interfaces[type]) return 'write a role that others can use, such as a ReplicatedMySQL';
  if (type === 'Construct') return 'write the App, the Site or the construct that it belongs to';
  if (type === 'IConstruct') return 'write a construct, such as a KubeDeployment';
  if (type === 'ApiObject') return 'write an object of Kubernetes, such as a KubeStatefulSet';
  if (type === 'Role') return 'write a role of the site, such as a ReplicatedMySQL';
  return `write a ${type}, as new ${type}(…) makes it`;
}

function ofStruct(names: string[]): string {
  const needed = names.filter((each) => !each.endsWith('?'));
  const others = names.filter((each) => each.endsWith('?')).map((each) => each.slice(0, -1));
  const listed = needed.length > 0 ? `with ${needed.join(', ')}` : `with any of ${others.join(', ')}`;
  return `write an object in braces ${listed}`;
}

function exampleOf(type: string): string {
  if (type.endsWith('[]')) return `[${exampleOf(type.slice(0, -2))}]`;
  if (type.startsWith('Map<')) return `{ 'NAME': ${exampleOf(type.slice(4, -1))} }`;
  if (type === 'string') return "'text'";
  if (type === 'number') return '1';
  if (INPUT_TYPES.interfaces[type]) return 'db';
  const [made] = factoriesOf(type);
  if (made) return `${made}(…)`;
  const fields = INPUT_TYPES.structs[type];
  if (!fields) return `${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}`;
  const needed = Object.entries(fields).filter(([name]) => !name.endsWith('?'));
  if (needed.length === 0) return '{ … }';
  return `{ ${needed.map(([name, each]) => `${name}: ${exampleOf(each)}`).join(', ')} }`;
}

/** Static methods that make an object of the class. */
export function factoriesOf(type: string): string[] {
  return Object.entries(INPUT_TYPES.classes).flatMap(([name, { factories = {} }]) =>
    Object.entries(factories).flatMap(([method, { returns }]) =>
      returns === type && type !== 'Site' ? [`${name}.${method}`] : [],
    ),
  );
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
}

/** A number or a text; nothing where it is another thing, which may have no text. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const UNITS: Record<string, string> = { k: 'kibibytes', m: 'mebibytes', g: 'gibibytes', t: 'tebibytes' };

/** `512Mi` is `Size.mebibytes(512)`. */
function sizeLike(value: unknown): string {
  const [, amount = '512', unit = 'm'] = /^(\d+)\s*([kmgt])?i?b?$/i.exec(textOf(value)) ?? [];
  return `Size.${UNITS[unit.toLowerCase()]}(${amount})`;
}

function nearest(name: string, known: string[]): string | undefined {
  const other = OTHER_NAMES[name];
  if (other && known.includes(other)) return other;
  const [best] = known
    .map((each) => ({ each, distance: distanceOf(name.toLowerCase(), each.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(best.each.length / 3)) ? best.each : undefined;
}

/** Letters to be changed, added or taken away (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + change));
    }
    row = next;
  }
  return row[b.length] as number;
}
