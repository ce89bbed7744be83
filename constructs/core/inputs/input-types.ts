/**
 * Names of properties or parameters, with `?` where they are optional, and their types: `string`, `integer`, `Size`, `string[]`, `Map<number>`,
 * `k8s.Volume`, …
 */
export type Fields = Record<string, string>;

/** A method. */
export interface FunctionTypes {
  readonly parameters: Fields;
  readonly returns: string;
}

/** A public class. */
export interface ClassTypes {
  readonly base?: string;
  /** Whether only its subclasses have objects. */
  readonly abstract?: true;
  /** Parameters of the constructor, where it is public. */
  readonly make?: Fields;
  /** Static methods. */
  readonly factories?: Record<string, FunctionTypes>;
  readonly methods?: Record<string, FunctionTypes>;
  /** Public properties. */
  readonly members: string[];
}

/** The types of all that a user gives to the library. */
export interface InputTypes {
  readonly structs: Readonly<Record<string, Fields>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly classes: Readonly<Record<string, ClassTypes>>;
  /** Members that a class of the user's own may implement. */
  readonly interfaces: Readonly<Record<string, string[]>>;
}
