import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const OPEN = 'x-kubernetes-preserve-unknown-fields';

/** A part of a schema, as derive.ts writes it, or a person. */
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
  /** The schema of properties of any other name. */
  readonly additionalProperties?: Schema;
  /** Names of properties of which exactly one is there. */
  readonly oneOf?: string[];
}

/** Each kind, and the file that has its schema. */
const FILES: Readonly<Record<string, string>> = {
  CiliumNetworkPolicy: 'ciliumnetworkpolicies.yaml',
  ExternalSecret: 'externalsecrets.yaml',
  InnoDBCluster: 'innodbclusters.yaml',
};

/** The faults of an object of such a kind, a line each: the API server would refuse them, or drop them. */
export function violations(object: {
  kind: string;
  apiVersion: string;
  spec: unknown;
  metadata: { name: string };
}): string[] {
  const { kind, apiVersion, metadata, spec } = object;
  const crd = parse(readFileSync(join(__dirname, FILES[kind]!), 'utf8'));
  const [version] = crd.spec.versions;
  const wanted = `${crd.spec.group}/${version.name}`;
  if (apiVersion !== wanted) return [`${kind} is of ${wanted}, not ${apiVersion}`];
  const { name } = metadata;
  return violationsIn({ metadata: { name }, spec }, version.schema.openAPIV3Schema as Schema, kind);
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
  const { properties = {}, required = [], additionalProperties, oneOf } = schema;
  // What says nothing of its properties takes any; what does is held to those, even where the API server would keep others.
  const anything = schema.properties === undefined && (schema[OPEN] || schema.type === undefined);
  const lacking = required.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  const some = oneOf?.filter((name) => name in value).length ?? 1;
  const missing = some === 1 ? lacking : [...lacking, `${at} has not one of ${oneOf!.join(', ')}`];
  return Object.entries(value).reduce((found, [name, each]) => {
    const known = properties[name] ?? additionalProperties;
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
