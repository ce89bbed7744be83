import { existsSync, readFileSync } from 'node:fs';
import { PASSWORD_BEFORE_KEY, PASSWORD_KEY } from '../contract/required-secret';

/** The password of a Secret, and the one before for as long as the Secret has it. */
export interface Passwords {
  readonly now: string;
  readonly before: string | undefined;
}

/** Reads a file, which may be missing. */
type Read = (path: string) => string | undefined;

const fromDisk: Read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** What a mounted Secret says; undefined where its password is missing or empty. The shell drops line breaks at the end, too. */
export function passwordsIn(folder: string, read: Read = fromDisk): Passwords | undefined {
  const [now, before] = [PASSWORD_KEY, PASSWORD_BEFORE_KEY].map(
    (key) => read(`${folder}/${key}`)?.replace(/\n+$/, '') || undefined,
  );
  return now === undefined ? undefined : { now, before };
}

/** The passwords or keys that are good now, the one to use first. */
export function keysIn(folder: string, read: Read = fromDisk): string[] {
  const { now, before } = passwordsIn(folder, read) ?? {};
  return [now, before].filter((each) => each !== undefined);
}
