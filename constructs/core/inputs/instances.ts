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

/** Whether it is an object of the class, be it of another copy of the same package. */
export function isInstance(value: unknown, name: string): value is object {
  const known = CLASSES.get(name);
  if (known && value instanceof known) return true;
  if (name === 'Construct' || name === 'IConstruct') return Construct.isConstruct(value);
  return prototypesOf(value).some((each) => each.constructor?.name === name.replace(/^k8s\./, ''));
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

/** Whether the amount is a number, unlike that of `Size.mebibytes(NaN)`. */
export function isFinite(value: object): boolean {
  if (value instanceof Size) return Number.isFinite(value.toKibibytes({ rounding: SizeRoundingBehavior.NONE }));
  if (value instanceof Duration) return Number.isFinite(value.toSeconds({ integral: false }));
  return true;
}

function prototypesOf(value: unknown): object[] {
  const found: object[] = [];
  if (value === null || typeof value !== 'object') return found;
  for (let each: unknown = Object.getPrototypeOf(value); each; each = Object.getPrototypeOf(each)) found.push(each);
  return found;
}
