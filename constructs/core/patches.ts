import { createHash } from 'node:crypto';
import { ApiObject, JsonPatch } from 'cdk8s';
import type { IConstruct } from 'constructs';

/** A record that cdk8s keeps of an object's patches, and does not show. */
interface Patched {
  patches: JsonPatch[];
}

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;
type ToJson = (this: ApiObject) => Json;

/** Classes whose objects are patched as Kubernetes gets them. */
const PATCHED_LAST = new WeakSet<object>();
/** Objects whose names end in a hash of their content, by the root of their tree. */
const HASHED = new WeakMap<IConstruct, ApiObject[]>();
const RENAMES = new WeakMap<IConstruct, { readonly patches: number; readonly names: Map<string, string> }>();

/**
 * Lets the patches of all objects of a namespace of `cdk8s import` apply to the object that Kubernetes gets.
 *
 * By itself cdk8s applies them earlier. A plain text in the place of a `Quantity` or an `IntOrString` then becomes nothing. A name that the
 * typed object spells in another way (`clusterIP`) is dropped.
 */
export function patchLast(namespace: object): void {
  for (const each of Object.values(namespace)) {
    // Not `instanceof`: cdk8s says of other objects as well that they are of ApiObject.
    if (typeof each !== 'function' || Object.getPrototypeOf(each) !== ApiObject) continue;
    PATCHED_LAST.add(each);
    const object = (each as { prototype: ApiObject }).prototype;
    // oxlint-disable-next-line typescript/unbound-method
    const unpatched = object.toJson;
    object.toJson = function (): Json {
      return renamed(patchedJson(this, unpatched), renamesOf(this.node.root));
    };
    UNPATCHED.set(each, unpatched);
  }
}

const UNPATCHED = new WeakMap<object, ToJson>();

/** Whether patches of an object see typed values, as for a class that the user has imported. */
export function isPatchedTyped(object: ApiObject): boolean {
  return object.constructor !== ApiObject && !PATCHED_LAST.has(object.constructor);
}

/** Keeps the end of an object's name a hash of its content, patches included: Kubernetes changes neither a Job nor such a ConfigMap. */
export function nameByContent<T extends ApiObject>(object: T): T {
  const { root } = object.node;
  const known = HASHED.get(root) ?? [];
  known.push(object);
  HASHED.set(root, known);
  return object;
}

function patchedJson(object: ApiObject, unpatched: ToJson): Json {
  const json = withoutPatches(object, unpatched);
  const { patches } = object as unknown as Patched;
  if (patches.length === 0) return json;
  try {
    return JsonPatch.apply(json, ...patches.map(plainPatch));
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${object.node.path}: a patch does not fit the object; write a path that it has: ${message}`, {
      cause: error,
    });
  }
}

function withoutPatches(object: ApiObject, unpatched: ToJson): Json {
  const patched = object as unknown as Patched;
  const { patches } = patched;
  patched.patches = [];
  try {
    return unpatched.call(object);
  } finally {
    patched.patches = patches;
  }
}

/** A patch may have typed values, too. */
function plainPatch(patch: JsonPatch): JsonPatch {
  const { op, path, value } = patch._toJson() as { op: string; path: string; value?: unknown };
  if (op === 'add') return JsonPatch.add(path, plain(value));
  return op === 'replace' ? JsonPatch.replace(path, plain(value)) : patch;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  if (['Quantity', 'IntOrString'].includes(value.constructor?.name)) return (value as { value: unknown }).value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** New names of objects that patches have changed: none in most apps. */
function renamesOf(root: IConstruct): Map<string, string> {
  const objects = HASHED.get(root) ?? [];
  const patches = objects.reduce((sum, each) => sum + (each as unknown as Patched).patches.length, 0);
  const known = RENAMES.get(root);
  if (known?.patches === patches) return known.names;
  const names = new Map<string, string>();
  // Jobs last: they mount ConfigMaps, by their names.
  const jobsLast = [...objects].sort((a, b) => Number(a.kind === 'Job') - Number(b.kind === 'Job'));
  if (patches > 0) for (const each of jobsLast) addRename(names, each);
  RENAMES.set(root, { patches, names });
  return names;
}

function addRename(names: Map<string, string>, object: ApiObject): void {
  const unpatched = UNPATCHED.get(object.constructor) as ToJson;
  const before = withoutPatches(object, unpatched);
  const after = renamed(patchedJson(object, unpatched), names);
  const [was, is] = [before, after].map(({ data, binaryData, spec }) => JSON.stringify([data, binaryData, spec]));
  // A name that the patch itself writes stays.
  if (was === is || before.metadata.name !== after.metadata.name) return;
  const hash = createHash('sha256')
    .update(is as string)
    .digest('hex')
    .slice(0, HASH);
  names.set(before.metadata.name, before.metadata.name.slice(0, -HASH) + hash);
}

/** Characters of `contentHash()`. */
const HASH = 10;

function renamed(value: Json, names: Map<string, string>): Json {
  if (names.size === 0) return value;
  if (typeof value === 'string') return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => renamed(each, names));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, names)]));
}
