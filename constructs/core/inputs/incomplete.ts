import { IConstruct } from 'constructs';
import { recordedProblems, shown } from '../problems';
import { INPUT_TYPES } from './input-types-bundle';
import type { Fault } from './inputs';

/** An object that was given something wrong. */
export interface Incomplete {
  /** The construct that has reported it, where it is one. */
  readonly construct: IConstruct | undefined;
  /** Its faults, where no construct can report them: the construct that it is given to does. */
  readonly faults: Fault[];
  /** Constructs that it was given, which are incomplete themselves. */
  readonly from: IConstruct[];
}

const INCOMPLETE = new WeakMap<object, Incomplete>();

export function incompleteOf(value: unknown): Incomplete | undefined {
  return typeof value === 'object' && value !== null ? INCOMPLETE.get(value) : undefined;
}

/**
 * Stands for an object that could not be made, so that the rest of the site is checked as well. Reading one of its public members gives all
 * errors that are known by then.
 */
export function standIn<T extends object>(object: T, name: string, about: Incomplete): T {
  const members = new Set(membersOf(name));
  const made = new Proxy(object, {
    get(target, key) {
      if (typeof key === 'string' && members.has(key)) throw new Error(reportOf(name, about));
      return Reflect.get(target, key) as unknown;
    },
  });
  INCOMPLETE.set(object, about);
  INCOMPLETE.set(made, about);
  return made;
}

/** An app's faults in the form in which cdk8s reports them. */
function reportOf(name: string, { construct, faults, from }: Incomplete): string {
  const roots = new Set([...(construct ? [construct] : []), ...from].map(({ node }) => node.root));
  const own = construct ? [] : faults.map((each) => `[${name}] ${shown(each.property, each.value, each.instead)}`);
  const lines = [...own, ...[...roots].flatMap(recordedProblems)];
  return ['Validation failed with the following errors:', ...lines.map((each) => `  ${each}`)].join('\n');
}

function membersOf(name: string): string[] {
  const own = INPUT_TYPES.classes[name];
  if (!own) return [];
  const members = [...own.members, ...Object.keys(own.methods ?? {})].filter((each) => each !== 'toString');
  return own.base ? [...members, ...membersOf(own.base)] : members;
}
