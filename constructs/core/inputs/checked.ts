import { Construct } from 'constructs';
import { freeId, problem, shown } from '../problems';
import { INPUT_TYPES } from './input-types-bundle';
import type { FunctionTypes } from './input-types';
import { Incomplete, incompleteOf, standIn } from './incomplete';
import { Fault, Inputs } from './inputs';
import { factoriesOf, insteadOf } from './instead';
import { classOf, markMade, registerClass } from './instances';

// oxlint-disable-next-line typescript/no-explicit-any
type Function = (...args: any[]) => any;
// oxlint-disable-next-line typescript/no-explicit-any
type Class = (abstract new (...args: any[]) => object) & Record<string, Function>;

/** Names of the classes that are checked. */
const CHECKED = new WeakMap<object, string>();

/**
 * Compares the arguments of a class's constructor, static methods and methods with their types, as a compiler does: not every language has
 * one.
 *
 * A fault is reported as any other (`problem()`). An object without content stands in for the object that could not be made.
 */
export function checked<T>(target: T): T {
  const own = target as Class;
  const { name } = own;
  const { factories = {}, methods = {} } = INPUT_TYPES.classes[name] ?? {};
  for (const [method, types] of Object.entries(factories)) checkFactory(own, method, types);
  for (const [method, types] of Object.entries(methods)) checkMethod(own, method, types);
  const result = checkConstructor(own);
  registerClass(name, result);
  CHECKED.set(own, name).set(result, name);
  return result as T;
}

/** Constructs refuses it by an error that names nothing. */
const EMPTY_ID: Fault = { property: 'id', value: '', instead: "write a name, such as 'web'" };

export function isChecked(own: object): boolean {
  return CHECKED.has(own);
}

function checkConstructor(own: Class): Class {
  const { name } = own;
  const parameters = INPUT_TYPES.classes[name]?.make;
  if (!parameters) return checkPrivate(own);
  const result: Class = new Proxy(own, {
    construct(target, args: unknown[], made) {
      if (checkedName(made) !== name) return Reflect.construct(target, args, made);
      const inputs = new Inputs(parameters, args, made === result);
      if ('id' in parameters && args[1] === '') inputs.faults.push(EMPTY_ID);
      const scope = incompleteScope(args[0]);
      if (made === result && INPUT_TYPES.classes[name]?.abstract)
        throw new Error(`new ${name}: there is none by itself; write ${kindsOf(name)}`);
      if (inputs.sound && !scope) return markMade(Reflect.construct(target, args, made) as object);
      return isConstruct(own) ? incompleteConstruct(name, inputs, args, made) : incompleteObject(name, inputs);
    },
    apply: refuseCall(name),
  });
  return result;
}

/** JavaScript's own error names no class that is behind a proxy. */
function refuseCall(name: string): () => never {
  return () => {
    throw new Error(`${name}(…): an object of a class is made by new; write new ${name}(…)`);
  };
}

/** The classes of which an abstract one is the base. */
function kindsOf(base: string): string {
  const kinds = Object.entries(INPUT_TYPES.classes).filter((each) => each[1].base === base);
  return kinds.map(([name]) => `new ${name}(…)`).join(' or ');
}

/** Factories that are at work: a private constructor is theirs alone. */
let factoriesAtWork = 0;

function atWork<T>(make: () => T): T {
  factoriesAtWork++;
  try {
    return make();
  } finally {
    factoriesAtWork--;
  }
}

function checkPrivate(own: Class): Class {
  const result: Class = new Proxy(own, {
    construct(target, args: unknown[], made) {
      if (made === result && factoriesAtWork === 0 && factoriesOf(own.name).length > 0)
        throw new Error(`new ${own.name}: its constructor is private; ${insteadOf(own.name, own)}`);
      return markMade(Reflect.construct(target, args, made) as object);
    },
    apply: refuseCall(own.name),
  });
  return result;
}

/** The name of the checked class, or of the checked class that a user's own class extends. */
function checkedName(made: object): string | undefined {
  for (let each: object | null = made; each; each = Object.getPrototypeOf(each) as object | null)
    if (CHECKED.has(each)) return CHECKED.get(each);
  return undefined;
}

function incompleteScope(scope: unknown): Incomplete | undefined {
  if (!Construct.isConstruct(scope)) return undefined;
  return scope.node.scopes.map(incompleteOf).find((each) => each !== undefined);
}

function incompleteConstruct(name: string, inputs: Inputs, [scope, id]: unknown[], made: object): object {
  if (!Construct.isConstruct(scope)) throw new Error(`${name}: ${textOf(inputs)}`);
  const ownId = typeof id === 'string' && id !== '' ? id : name;
  const construct = Reflect.construct(Construct, [scope, freeId(scope, ownId)], made as Class) as Construct;
  for (const { property, value, instead } of inputs.faults) problem(construct, property, value, instead);
  return standIn(construct, name, { construct, faults: [], from: [] });
}

function incompleteObject(name: string, { faults, incomplete }: Inputs): object {
  const prototype = (classOf(name)?.prototype ?? Object.prototype) as object;
  return standIn(Object.create(prototype) as object, name, { construct: undefined, faults, from: incomplete });
}

function checkFactory(own: Class, method: string, { parameters, returns }: FunctionTypes): void {
  const make = own[method] as Function;
  own[method] = function (this: unknown, ...args: unknown[]): unknown {
    const inputs = new Inputs(parameters, args);
    if (inputs.sound) {
      const made = atWork(() => make.apply(this, args)) as object;
      // A factory may call the class itself, and not the proxy around it.
      return INPUT_TYPES.classes[returns] ? markMade(made) : made;
    }
    if (!INPUT_TYPES.classes[returns] || isConstruct(classOf(returns)))
      throw new Error(`${own.name}.${method}: ${textOf(inputs)}`);
    return incompleteObject(returns, inputs);
  };
}

function checkMethod(own: Class, method: string, { parameters, returns }: FunctionTypes): void {
  if (Object.keys(parameters).length === 0) return;
  const prototype = own.prototype as Record<string, Function>;
  const call = prototype[method] as Function;
  prototype[method] = function (this: Construct, ...args: unknown[]): unknown {
    const inputs = new Inputs(parameters, args);
    if (inputs.sound) return call.apply(this, args);
    if (!Construct.isConstruct(this)) throw new Error(`${own.name}.${method}: ${textOf(inputs)}`);
    for (const { property, value, instead } of inputs.faults) problem(this, `${method}(${property})`, value, instead);
    return incompleteObject(returns, inputs);
  };
}

function isConstruct(own: { readonly prototype: unknown } | undefined): boolean {
  return own?.prototype instanceof Construct;
}

function textOf({ faults }: Inputs): string {
  return faults.map(({ property, value, instead }) => shown(property, value, instead)).join('; ');
}
