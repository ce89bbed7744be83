import { ApiObject, Chart, Duration, Lazy, Size, SizeRoundingBehavior } from 'cdk8s';
import { Construct } from 'constructs';
import { INPUT_TYPES } from './input-types-bundle';

/** Constructors may be private. */
// oxlint-disable-next-line typescript/no-unsafe-function-type
type Class = Function;

/** Classes by the names that types have for them. */
const CLASSES = new Map<string, Class>(
  Object.entries({ ApiObject, Chart, Construct, IConstruct: Construct, Date, Duration, Size }),
);

export function registerClass(name: string, own: Class): void {
  CLASSES.set(name, own);
}

export function classOf(name: string): Class | undefined {
  return CLASSES.get(name);
}

/** The mark of an object that a class of the library has made, in any copy of the package: another library's may have its name. */
const MADE = Symbol.for('cdk8s-slices.made');

/** Marks an object as made by a class of the library. */
export function markMade<T extends object>(object: T): T {
  return Object.defineProperty(object, MADE, { value: true });
}

/** Whether it is an object of the class, be it of another copy of the same package. */
export function isInstance(value: unknown, name: string): value is object {
  if (value === null || typeof value !== 'object') return false;
  const k8s = name.startsWith('k8s.');
  if (INPUT_TYPES.classes[name] && !k8s && !Object.hasOwn(value, MADE)) return false;
  const known = CLASSES.get(name);
  if (known && value instanceof known) return true;
  if (name === 'Construct' || name === 'IConstruct') return Construct.isConstruct(value);
  const wanted = k8s ? name.slice('k8s.'.length) : name;
  return prototypesOf(value).some((each) => each.constructor?.name === wanted);
}

/** Whether it is an object that can have a struct's properties, and no object of a class that stands for something else. */
export function isStruct(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  if (isPlain(value)) return true;
  const others = [...CLASSES.keys(), ...Object.keys(INPUT_TYPES.classes), 'Map', 'Set', 'RegExp', 'Promise'];
  return !others.some((each) => isInstance(value, each));
}

/** Whether it was written with braces, in this program or in one beside it. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  return prototypesOf(value).length < 2;
}

/** A value that cdk8s asks for when it writes the manifests. */
export function isLazy(value: unknown): boolean {
  return value instanceof Lazy || prototypesOf(value).some((each) => each.constructor?.name === 'Lazy');
}

/** Whether the content is what the class takes, unlike that of `Size.mebibytes(NaN)`: cdk8s checks none. */
export function hasContent(type: string, value: object): boolean {
  switch (type) {
    case 'Size':
      return typeof amountOf(value) === 'number' && kibibytesOf(value as Size) <= Number.MAX_SAFE_INTEGER;
    case 'Duration':
      return typeof amountOf(value) === 'number' && secondsOf(value as Duration) <= MOST_SECONDS;
    case 'Date':
      return !Number.isNaN((value as Date).getTime());
    case 'k8s.Quantity':
      return isQuantity((value as { value: unknown }).value);
    case 'k8s.IntOrString':
      return isIntOrString((value as { value: unknown }).value);
    default:
      return true;
  }
}

/** The amount in a `Size` or a `Duration`, as it was given. */
export function amountOf(value: object): unknown {
  return (value as { readonly amount?: unknown }).amount;
}

function kibibytesOf(size: Size): number {
  return size.toKibibytes({ rounding: SizeRoundingBehavior.NONE });
}

/** The longest time that Kubernetes counts, 68 years. */
export const MOST_SECONDS = 2_147_483_647;

function secondsOf(duration: Duration): number {
  return duration.toSeconds({ integral: false });
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity; an amount below zero is none here. */
const QUANTITY = /^[+]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** Whether Kubernetes takes it as an amount. */
export function isQuantity(value: unknown): boolean {
  return QUANTITY.test(String(value));
}

function isIntOrString(value: unknown): boolean {
  return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && value !== '';
}

function prototypesOf(value: unknown): object[] {
  const found: object[] = [];
  if (value === null || typeof value !== 'object') return found;
  for (let each: unknown = Object.getPrototypeOf(value); each; each = Object.getPrototypeOf(each)) found.push(each);
  return found;
}
