import { IConstruct } from 'constructs';
import { INPUT_TYPES } from './input-types-bundle';
import type { Fields } from './input-types';
import { Incomplete, incompleteOf } from './incomplete';
import { hasContent, isInstance, isLazy, isPlain, isStruct } from './instances';
import { insteadOf, insteadOfName } from './instead';

/** A value that is not of its type. */
export interface Fault {
  readonly property: string;
  readonly value: unknown;
  readonly instead: string;
}

/** Stands for a value in messages. */
const UNREADABLE = { toString: () => 'unreadable' };

/** Arguments of a constructor or a method, compared with the types of its parameters. */
export class Inputs {
  public readonly faults: Fault[] = [];
  /** Constructs among the values that were given something wrong themselves, and have reported it. */
  public readonly incomplete: IConstruct[] = [];

  /** @param exact Whether a property that the type does not have is an error: not where a user's own class has more of them. */
  constructor(
    parameters: Fields,
    args: unknown[],
    private readonly exact: boolean = true,
  ) {
    Object.entries(parameters).forEach(([written, type], index) => {
      const name = nameOf(written);
      const value = args[index];
      this.reading(name, () => {
        // The properties of a construct are called as they are, and others by what they are a part of.
        const struct = INPUT_TYPES.structs[type] && isStruct(value);
        if (struct) this.checkFields(type, value, '');
        else this.checkField(written, type, value, name);
      });
    });
  }

  public get sound(): boolean {
    return this.faults.length === 0 && this.incomplete.length === 0;
  }

  /** Reads what a program of the user's own may answer, such as a getter. */
  private reading(property: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      const instead = `it cannot be read: ${(error as Error).message}; write the value itself`;
      this.faults.push({ property, value: UNREADABLE, instead });
    }
  }

  private checkField(written: string, type: string, value: unknown, property: string): void {
    if (value === undefined && written.endsWith('?')) return;
    this.check(type, value, property);
  }

  private check(type: string, value: unknown, property: string): void {
    const incomplete = incompleteOf(value);
    if (incomplete) this.takeOver(incomplete, property);
    else if (type.endsWith('[]')) this.checkList(type, value, property);
    else if (type.startsWith('Map<')) this.checkMap(type, value, property);
    else if (INPUT_TYPES.structs[type]) this.checkStruct(type, value, property);
    else if (!isOfType(type, value)) this.report(type, value, property);
  }

  private report(type: string, value: unknown, property: string): void {
    this.faults.push({ property, value, instead: insteadOf(type, value) });
  }

  private takeOver({ construct, faults, from }: Incomplete, property: string): void {
    if (construct) this.incomplete.push(construct);
    this.incomplete.push(...from);
    if (!construct) this.faults.push(...faults.map((each) => ({ ...each, property: `${property}.${each.property}` })));
  }

  private checkList(type: string, value: unknown, property: string): void {
    if (!Array.isArray(value)) return this.report(type, value, property);
    // `forEach` would pass over what is not there.
    const list = [...(value as unknown[])];
    list.forEach((each, index) => {
      const at = property + suffixOf(each, index);
      if (list.indexOf(each) < index && !isOfWords(property) && each !== undefined) this.reportTwice(at, each);
      else this.reading(at, () => this.check(type.slice(0, -2), each, at));
    });
  }

  private reportTwice(property: string, value: unknown): void {
    this.faults.push({ property, value, instead: 'it is there twice; leave one of them out' });
  }

  private checkMap(type: string, value: unknown, property: string): void {
    if (!isPlain(value)) return this.report(type, value, property);
    for (const name of Object.keys(value)) {
      const at = `${property}.${name}`;
      this.reading(at, () => this.check(type.slice(4, -1), value[name], at));
    }
  }

  private checkStruct(type: string, value: unknown, property: string): void {
    if (isLazy(value) && type.startsWith('k8s.')) return;
    if (isStruct(value)) this.checkFields(type, value, `${property}.`);
    else this.report(type, value, property);
  }

  private checkFields(type: string, value: Record<string, unknown>, prefix: string): void {
    const fields = INPUT_TYPES.structs[type] as Fields;
    for (const [written, each] of Object.entries(fields)) {
      const name = nameOf(written);
      this.reading(prefix + name, () => this.checkField(written, each, value[name], prefix + name));
    }
    if (!this.exact || !isPlain(value)) return;
    const known = Object.keys(fields).map(nameOf);
    for (const name of Object.keys(value).filter((each) => !known.includes(each)))
      this.reading(prefix + name, () => this.reportUnknown(prefix, name, value[name], known));
  }

  private reportUnknown(prefix: string, name: string, value: unknown, known: string[]): void {
    if (value === undefined) return;
    this.faults.push({ property: prefix + name, value, instead: insteadOfName(name, known) });
  }
}

/** Whether a list has the words of a command, which may be there twice. */
function isOfWords(property: string): boolean {
  return /(^|\.)(command|args|entrypoint|migrate)$/.test(property);
}

/** A part of a list is called by its name where it has one, as in `workers.email`. */
function suffixOf(part: unknown, index: number): string {
  const { name } = isPlain(part) ? part : {};
  return typeof name === 'string' && /^[\w-]+$/.test(name) ? `.${name}` : `[${index}]`;
}

function nameOf(written: string): string {
  return written.replace(/\?$/, '');
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return Number.isFinite(value);
    case 'integer':
      return Number.isSafeInteger(value);
  }
  const values = INPUT_TYPES.enums[type];
  if (values) return Object.values(values).includes(value as string);
  const members = INPUT_TYPES.interfaces[type];
  if (members) return isInstance(value, 'Construct') && members.every((each) => each in value);
  return isInstance(value, type) && hasContent(type, value);
}
