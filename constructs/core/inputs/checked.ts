import { Construct } from 'constructs';
import { freeId, problem, shown } from '../problems';
import { INPUT_TYPES } from './input-types-bundle';
import type { FunctionTypes } from './input-types';
import { Incomplete, incompleteOf, standIn } from './incomplete';
import { Fault, Inputs } from './inputs';
import { factoriesOf, insteadOf } from './instead';
import { classOf, registerClass } from './instances';

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
      if (inputs.sound && !scope) return Reflect.construct(target, args, made);
      return isConstruct(own) ? incompleteConstruct(name, inputs, args, made) : incompleteObject(name, inputs);
    },
  });
  return result;
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
      return Reflect.construct(target, args, made);
    },
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
    if (inputs.sound) return atWork(() => make.apply(this, args));
    if (!INPUT_TYPES.classes[returns]) throw new Error(`${own.name}.${method}: ${textOf(inputs)}`);
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

function isConstruct(own: Class): boolean {
  return own.prototype instanceof Construct;
}

function textOf({ faults }: Inputs): string {
  return faults.map(({ property, value, instead }) => shown(property, value, instead)).join('; ');
}
