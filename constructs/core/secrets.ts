import type { RequiredSecret as Contract } from '../../contract/required-secret';

/** How the command that makes a site's Secrets fills a key. */
export enum SecretValue {
  /** 32 random letters and digits. */
  PASSWORD = 'password',
  /** 64 random hexadecimal digits: 32 bytes. */
  HEX_64 = 'hex-64',
  /** An access key's name in the form that Garage takes: GK and 24 hexadecimal digits. */
  GARAGE_KEY = 'garage-key',
  /** The name of a server's administrator, which is no secret, where an operator wants it in one: root. */
  ROOT = 'root',
  /** The hosts that an administrator may connect from, likewise: any, as policies say who gets there. */
  ANY_HOST = 'any-host',
  /** A certificate signed by itself, under `tls.crt` and `tls.key`, with its authority under `ca.crt`. */
  CERTIFICATE = 'certificate',
  /** A file of users as htpasswd makes it, with the user `admin`. The password is beside it, under `password`. */
  USERS = 'users',
  /** A value of somebody else's, which the command never makes: it says that the key is missing. */
  GIVEN = 'given',
}

/** The JSON by which the command that makes Secrets knows one. */
export function listed(secret: RequiredSecret): string {
  const keys: Contract['keys'] = secret.keys as Record<string, `${SecretValue}`>;
  const contract: Contract & { name: undefined } = { ...secret, keys, name: undefined };
  return JSON.stringify(contract);
}

/** The needs that two roles have of one Secret, whichever role is made first. */
export function merged(one: RequiredSecret, other: RequiredSecret): RequiredSecret {
  const hosts = [...new Set([...(one.hosts ?? []), ...(other.hosts ?? [])])];
  const owners = [...new Set([...(one.owners ?? []), ...(other.owners ?? [])])];
  const keys = Object.entries({ ...one.keys, ...other.keys, ...given(one), ...given(other) }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return {
    name: one.name,
    namespaces: [...new Set([...one.namespaces, ...other.namespaces])].sort(),
    keys: Object.fromEntries(keys),
    ...(one.dual || other.dual ? { dual: true } : {}),
    ...(hosts.length > 0 ? { hosts: hosts.sort() } : {}),
    ...(owners.length > 0 ? { owners: owners.sort() } : {}),
  };
}

/** A value of somebody else's stays so, where another role would have it made up. */
function given({ keys }: RequiredSecret): Record<string, SecretValue> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value === SecretValue.GIVEN));
}

/** A Secret that the site's pods wait for. Only its name and keys are written, never a value. */
export interface RequiredSecret {
  readonly name: string;
  /** Every namespace that it is read in; the values are the same in all. */
  readonly namespaces: string[];
  readonly keys: Record<string, SecretValue>;
  /** Whether the previous password stays good beside a new one: under `password-before`. */
  readonly dual?: boolean;
  /** The names a certificate is for. */
  readonly hosts?: string[];
  /** The servers that accept values of somebody else's, where they are known. */
  readonly owners?: string[];
}
