/**
 * Parsers for the configurations that constructs write and programs read. They are strict: a key that nobody reads is an error,
 * since a misspelt key would otherwise leave its default in force.
 */
export interface Parser<T> {
  /** Returns the value, or throws an error that names the path of the wrong part. */
  parse(value: unknown, path: string): T;
  /** Whether the key may be left out. */
  readonly optional?: boolean;
}

/** A value that breaks a rule: `timings.leaseMs must be a whole number, got "1s"`. */
export function refuse(path: string, rule: string, value: unknown): never {
  throw new Error(`${path || 'the configuration'} must ${rule}, got ${JSON.stringify(value)}`);
}

function simple<T>(rule: string, fits: (value: unknown) => boolean): Parser<T> {
  return { parse: (value, path) => (fits(value) ? (value as T) : refuse(path, rule, value)) };
}

export function boolean(): Parser<boolean> {
  return simple('be true or false', (value) => typeof value === 'boolean');
}

/** @param rule The end of "must …", for instance `name the Lease`. */
export function text(rule = 'be a text that is not empty'): Parser<string> {
  return simple(rule, (value) => typeof value === 'string' && value !== '');
}

/** A text that may be empty. */
export function anyText(): Parser<string> {
  return simple('be a text', (value) => typeof value === 'string');
}

export function wholeNumber(least = 0): Parser<number> {
  return simple(
    `be a whole number, at least ${least}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= least,
  );
}

export function port(): Parser<number> {
  return simple(
    'be a port number',
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535,
  );
}

export function oneOf<T extends string>(choices: readonly T[]): Parser<T> {
  const rule = `be ${choices.map((choice) => `'${choice}'`).join(' or ')}`;
  return simple(rule, (value) => (choices as readonly unknown[]).includes(value));
}

export function optional<T>(parser: Parser<T>): Parser<T | undefined> {
  return { optional: true, parse: (value, path) => (value === undefined ? undefined : parser.parse(value, path)) };
}

export function list<T>(item: Parser<T>): Parser<readonly T[]> {
  return {
    parse: (value, path) =>
      Array.isArray(value)
        ? value.map((each, index) => item.parse(each, `${path}[${index}]`))
        : refuse(path, 'be a list', value),
  };
}

/** An object whose keys are names that the configuration itself gives. */
export function record<T>(item: Parser<T>): Parser<Readonly<Record<string, T>>> {
  return {
    parse: (value, path) =>
      Object.fromEntries(
        Object.entries(objectAt(value, path)).map(([key, each]) => [key, item.parse(each, `${path}.${key}`)]),
      ),
  };
}

/** An object with these keys and no other. The compiler demands a parser for each key of `T`. */
export function object<T>(parsers: { readonly [K in keyof Required<T>]: Parser<T[K]> }): Parser<T> {
  const known = Object.entries<Parser<unknown>>(parsers);
  return {
    parse(value, path) {
      const given = objectAt(value, path);
      const at = (key: string) => (path ? `${path}.${key}` : key);
      const unknown = Object.keys(given).find((key) => !Object.hasOwn(parsers, key));
      if (unknown !== undefined)
        throw new Error(
          `${at(unknown)} is not a key of the configuration; the keys here are ${Object.keys(parsers).join(', ')}`,
        );
      const present = known.filter(([key, { optional: mayLack }]) => given[key] !== undefined || !mayLack);
      return Object.fromEntries(present.map(([key, parser]) => [key, parser.parse(given[key], at(key))])) as T;
    },
  };
}

/** An object whose key `kind` says which of the parsers reads it. */
export function byKind<T extends { readonly kind: string }>(parsers: {
  readonly [K in T['kind']]: Parser<T & { kind: K }>;
}): Parser<T> {
  const kinds = oneOf(Object.keys(parsers) as T['kind'][]);
  return {
    parse: (value, path) => {
      const kind = kinds.parse(objectAt(value, path)['kind'], path ? `${path}.kind` : 'kind');
      return parsers[kind].parse(value, path);
    },
  };
}

/** Reads JSON text; `what` names the file in the error. */
export function parseJson<T>(parser: Parser<T>, json: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Error(`${what} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  return parser.parse(value, '');
}

function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(path, 'be an object', value);
  return value as Record<string, unknown>;
}
