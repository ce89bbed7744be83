import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const OPEN = 'x-kubernetes-preserve-unknown-fields';

/** A part of a schema, as derive.ts writes it. */
interface Schema {
  readonly type?: string;
  readonly required?: string[];
  readonly enum?: unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Whether properties that it does not know are kept. */
  readonly [OPEN]?: boolean;
  readonly items?: Schema;
  readonly properties?: Record<string, Schema>;
}

const crd = parse(readFileSync(join(__dirname, 'innodbclusters.yaml'), 'utf8'));
const schema = crd.spec.versions[0].schema.openAPIV3Schema as Schema;

/** What the API server would refuse in an InnoDBCluster, or drop from it, a line each. */
export function violations(cluster: { spec: unknown; metadata: { name: string } }): string[] {
  const { name } = cluster.metadata;
  return violationsIn({ metadata: { name }, spec: cluster.spec }, schema, 'InnoDBCluster');
}

function violationsIn(value: unknown, schema: Schema, at: string): string[] {
  if (schema.type !== undefined && schema.type !== typeOf(value, schema.type))
    return [`${at} is no ${schema.type}: ${JSON.stringify(value)}`];
  const wrong = boundsBroken(value, schema).map((each) => `${at} ${each}: ${JSON.stringify(value)}`);
  if (Array.isArray(value))
    return [...wrong, ...value.flatMap((each, index) => violationsIn(each, schema.items ?? {}, `${at}[${index}]`))];
  if (typeof value !== 'object' || value === null) return wrong;
  return [...wrong, ...violationsOf(value as Record<string, unknown>, schema, at)];
}

function violationsOf(value: Record<string, unknown>, schema: Schema, at: string): string[] {
  const { properties = {}, required = [] } = schema;
  // What says nothing of its properties takes any; what does is held to those, even where the API server would keep others.
  const anything = schema.properties === undefined && (schema[OPEN] || schema.type === undefined);
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  return Object.entries(value).reduce((found, [name, each]) => {
    const known = properties[name];
    if (known) return [...found, ...violationsIn(each, known, `${at}.${name}`)];
    return anything ? found : [...found, `${at}.${name} is not known`];
  }, missing);
}

function boundsBroken(value: unknown, { enum: one, minimum, maximum, maxLength, pattern }: Schema): string[] {
  return [
    ...(one && !one.includes(value) ? [`is none of ${one.join(', ')}`] : []),
    ...(minimum !== undefined && Number(value) < minimum ? [`is less than ${minimum}`] : []),
    ...(maximum !== undefined && Number(value) > maximum ? [`is more than ${maximum}`] : []),
    ...(maxLength !== undefined && String(value).length > maxLength ? [`is longer than ${maxLength}`] : []),
    ...(pattern !== undefined && !new RegExp(pattern).test(String(value)) ? [`is not ${pattern}`] : []),
  ];
}

function typeOf(value: unknown, wanted: string): string {
  if (Array.isArray(value)) return 'array';
  if (wanted === 'integer' && Number.isInteger(value)) return 'integer';
  return value === null ? 'null' : typeof value;
}
