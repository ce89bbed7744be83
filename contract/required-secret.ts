import { boolean, list, object, oneOf, optional, parseJson, record, text } from './parser';

/** The ConfigMap of a site that names the Secrets which its pods wait for: a key for each, with a `RequiredSecret` as JSON. */
export const REQUIRED_SECRETS = 'required-secrets';

/** The keys of a Secret whose password can be replaced while it is used. */
export const PASSWORD_KEY = 'password';
/** The password before, which stays good beside a new one. */
export const PASSWORD_BEFORE_KEY = 'password-before';
/** The Secret with the key that the agents of a pair know each other by has the pair's name and this. */
export const PAIR_KEY_SUFFIX = '-heartbeat';

/** How the command that makes Secrets fills a key: constructs/core/secrets.ts says what each is. */
export const SECRET_VALUES = [
  'password',
  'hex-64',
  'garage-key',
  'root',
  'any-host',
  'certificate',
  'users',
  'given',
] as const;

/** A Secret that pods wait for, without any value. */
export interface RequiredSecret {
  /** Every namespace that it is read in; the values are the same in all. */
  readonly namespaces: readonly string[];
  readonly keys: Readonly<Record<string, (typeof SECRET_VALUES)[number]>>;
  /** Whether the password before stays good beside a new one. */
  readonly dual?: boolean;
  /** The names that a certificate is for. */
  readonly hosts?: readonly string[];
  /** The servers that accept the given values. */
  readonly owners?: readonly string[];
}

const requiredSecret = object<RequiredSecret>({
  namespaces: list(text('name a namespace')),
  keys: record(oneOf(SECRET_VALUES)),
  dual: optional(boolean()),
  hosts: optional(list(text('name a host'))),
  owners: optional(list(text('name a server'))),
});

export function parseRequiredSecret(name: string, json: string): RequiredSecret {
  try {
    return parseJson(requiredSecret, json, 'what it is to have');
  } catch (error) {
    throw new Error(`the Secret '${name}' cannot be made by this version, update it: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
