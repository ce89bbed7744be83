import { LiveObject, ManagedFields, nameOf } from './inventory';

/** A field that is not as it was applied. */
export interface Drift {
  readonly object: string;
  /** `spec.template.spec.containers[name=nginx].image` */
  readonly field: string;
  readonly applied: unknown;
  readonly now: unknown;
  /** Who wrote it, as far as the API server knows: `kubectl-edit`. */
  readonly manager: string | undefined;
  readonly time: string | undefined;
}

/** The annotation by which `kubectl apply` knows what it applied last. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Programs that write fields on purpose, without anyone's hand. */
const MACHINES = /^kubectl-client-side-apply$|^kubelet$|^kube-|controller|^keda|^flux|^argocd|^node-fetch$|^unknown$/;

type Step = string;

/** What was changed in an object since it was applied. */
export function driftOf(live: LiveObject): Drift[] {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  const applied: unknown = text === undefined ? undefined : JSON.parse(text);
  const object = nameOf(live);
  const written = (live.metadata.managedFields ?? [])
    .filter(({ manager = '', subresource }) => subresource !== 'status' && !MACHINES.test(manager))
    .flatMap((entry) => leavesOf(entry).map((path) => ({ path, entry })));
  const changed = written.flatMap(({ path, entry }): Drift[] => {
    const [now, before] = [valueAt(live, path), valueAt(applied, path)];
    if (now === undefined || path.includes(`f:${LAST_APPLIED}`) || JSON.stringify(now) === JSON.stringify(before))
      return [];
    return [{ object, field: spelled(path), applied: before, now, manager: entry.manager, time: entry.time }];
  });
  const removed = missing(applied, live, []).map(({ field, value }) => ({
    object,
    field,
    applied: value,
    now: undefined,
    manager: undefined,
    time: undefined,
  }));
  return [...changed, ...removed];
}

/** One line for people. */
export function sentenceOf({ field, applied, now, manager, time }: Drift): string {
  const short = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80));
  const who = manager === undefined ? '' : ` (${manager}${time === undefined ? '' : `, ${time}`})`;
  return `  ${field}: ${short(applied)} is now ${short(now)}${who}`;
}

/** The fields of an entry that have no fields of their own. */
function leavesOf({ fieldsV1 }: ManagedFields): Step[][] {
  const walk = (value: unknown, path: Step[]): Step[][] => {
    const inner = Object.entries((value ?? {}) as Record<string, unknown>).filter(([key]) => key !== '.');
    if (inner.length === 0) return path.length > 0 ? [path] : [];
    return inner.flatMap(([key, each]) => walk(each, [...path, key]));
  };
  return walk(fieldsV1, []);
}

/** `f:spec` is a field, `k:{"name":"nginx"}` an element of a list by its key, `v:"x"` one by its value. */
function valueAt(object: unknown, path: readonly Step[]): unknown {
  let current = object;
  for (const step of path) {
    if (current === null || typeof current !== 'object') return undefined;
    const rest = step.slice(2);
    if (step.startsWith('f:')) current = (current as Record<string, unknown>)[rest];
    else if (step.startsWith('k:')) current = elementOf(current, JSON.parse(rest) as Record<string, unknown>);
    else if (step.startsWith('v:')) current = (current as unknown[]).find((each) => JSON.stringify(each) === rest);
    else return undefined;
  }
  return current;
}

function elementOf(list: object, key: Record<string, unknown>): unknown {
  if (!Array.isArray(list)) return undefined;
  return (list as Record<string, unknown>[]).find((each) =>
    // What has a default, such as the protocol of a port, need not have been written.
    Object.entries(key).every(([name, value]) => each[name] === undefined || each[name] === value),
  );
}

function spelled(path: readonly Step[]): string {
  return path
    .map((step, index) => {
      if (step.startsWith('f:')) return `${index > 0 ? '.' : ''}${step.slice(2)}`;
      if (!step.startsWith('k:')) return `[${step.slice(2)}]`;
      const key = Object.entries(JSON.parse(step.slice(2)) as Record<string, unknown>);
      return `[${key.map(([name, value]) => `${name}=${String(value)}`).join(',')}]`;
    })
    .join('');
}

/** What was applied, and is not there any more: nobody is known to have taken it away. */
function missing(applied: unknown, live: unknown, path: readonly string[]): { field: string; value: unknown }[] {
  if (applied === null || applied === undefined) return [];
  if (Array.isArray(applied)) {
    const named = applied.filter(
      (each): each is { name: string } => typeof (each as { name?: unknown })?.name === 'string',
    );
    const list = Array.isArray(live) ? (live as { name?: string }[]) : [];
    return named.flatMap((each) => {
      const [last = '', ...before] = [...path].reverse();
      const at = [...before.reverse(), `${last}[name=${each.name}]`];
      const found = list.find(({ name }) => name === each.name);
      return found ? missing(each, found, at) : [{ field: at.join('.'), value: each }];
    });
  }
  if (typeof applied === 'object')
    return Object.entries(applied).flatMap(([key, value]) =>
      missing(value, (live as Record<string, unknown> | undefined)?.[key], [...path, key]),
    );
  // The API server leaves out what is empty.
  return live === undefined && applied !== '' && applied !== 0 && applied !== false
    ? [{ field: path.join('.'), value: applied }]
    : [];
}
