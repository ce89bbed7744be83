import type { RequiredSecret } from '../contract/required-secret';
import { randomInt } from 'node:crypto';
import { PASSWORD_KEY } from '../contract/required-secret';
import { sha512Crypt } from './sha512-crypt';
import { generate } from 'selfsigned';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const HEXADECIMAL = '0123456789abcdef';

/** What is wanted in a Secret: the names of its keys, and how each is filled. */
export interface WantedSecret extends RequiredSecret {
  readonly name: string;
}

/**
 * The keys that a Secret has to have and that can be made: a certificate is three. Beside users that somebody else has put there the password
 * of others is none of theirs.
 */
export function keysOf(secret: WantedSecret, known: Record<string, string> = {}): string[] {
  return Object.entries(secret.keys)
    .filter(([, kind]) => kind !== 'given')
    .flatMap(([key, kind]) => {
      if (kind === 'users') return key in known ? [key] : [key, PASSWORD_KEY];
      return kind === 'certificate' ? CERTIFICATE_KEYS : [key];
    });
}

/** The keys whose values only somebody else can give. */
export function givenKeysOf(secret: WantedSecret): string[] {
  return Object.keys(secret.keys).filter((key) => secret.keys[key] === 'given');
}

/** Where new values of these keys come from: `random: password, root`. */
export function originsOf(secret: WantedSecret, keys: readonly string[]): string {
  const originOf = (key: string) =>
    ORIGINS[secret.keys[key] ?? (key === PASSWORD_KEY ? 'users' : 'certificate')] ?? 'random';
  const origins = [...new Set(keys.map(originOf))];
  return origins.map((each) => `${each}: ${keys.filter((key) => originOf(key) === each).join(', ')}`).join('; ');
}

/** The kinds of values that are not random. A certificate has the names of its own keys. */
const ORIGINS: Partial<Record<RequiredSecret['keys'][string], string>> = {
  certificate: 'self-signed',
  root: 'fixed',
  'any-host': 'fixed',
};

const CERTIFICATE_KEYS = ['tls.crt', 'tls.key', 'ca.crt'];

/**
 * New values for all of a Secret's keys.
 *
 * @param known What it has already, in base64.
 */
export async function newValues(
  secret: WantedSecret,
  known: Record<string, string> = {},
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [key, kind] of Object.entries(secret.keys)) {
    if (kind === 'password') values[key] = random(32, LETTERS);
    else if (kind === 'hex-64') values[key] = random(64, HEXADECIMAL);
    else if (kind === 'garage-key') values[key] = `GK${random(24, HEXADECIMAL)}`;
    else if (kind === 'root') values[key] = 'root';
    else if (kind === 'any-host') values[key] = '%';
    else if (kind === 'users') Object.assign(values, users(key, known[PASSWORD_KEY]));
    else if (kind === 'certificate') Object.assign(values, await certificate(secret.hosts ?? [secret.name]));
  }
  return values;
}

/** A line of htpasswd, and the password that it is the hash of. */
function users(key: string, known: string | undefined): Record<string, string> {
  const password = known === undefined ? random(32, LETTERS) : Buffer.from(known, 'base64').toString();
  return { [key]: `admin:${sha512Crypt(password, random(16, LETTERS))}\n`, [PASSWORD_KEY]: password };
}

function random(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** Signed by itself and good for ten years: enough for two programs of one site, and to start with for browsers. */
async function certificate(hosts: readonly string[]): Promise<Record<string, string>> {
  const notAfterDate = new Date();
  notAfterDate.setFullYear(notAfterDate.getFullYear() + 10);
  const made = await generate([{ name: 'commonName', value: hosts[0] as string }], {
    algorithm: 'sha256',
    keyType: 'ec',
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2 as const, value })) },
    ],
  });
  return { 'tls.crt': made.cert, 'tls.key': made.private, 'ca.crt': made.cert };
}
