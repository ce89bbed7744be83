import type { Parser } from './parser';
import { anyText, object, optional, refuse, text } from './parser';

/**
 * The environment of the program that stores and fetches backups. It is no file, as credentials come from Secrets, and as a
 * person sets `RESTORE_UNTIL` in a Job made by hand.
 */
export interface BackupEnvironment {
  readonly S3_ENDPOINT: string;
  readonly S3_BUCKET: string;
  readonly S3_REGION: string;
  readonly S3_ACCESS_KEY: string;
  readonly S3_SECRET_KEY: string;
  /** The folder in the bucket. */
  readonly BACKUP_PREFIX: string;
  /** For `dump`: how long dumps are kept. */
  readonly KEEP_DAYS?: string | undefined;
  /** For `logs`: the server. */
  readonly MYSQL_HOST?: string | undefined;
  readonly MYSQL_PORT?: string | undefined;
  readonly MYSQL_USER?: string | undefined;
  readonly MYSQL_PASSWORD?: string | undefined;
  /** For `fetch`: where the restore ends, a time or a transaction; empty for the whole backup. */
  readonly RESTORE_UNTIL?: string | undefined;
  /** For `fetch`: the pod that restores; unset, any. */
  readonly RESTORE_AT?: string | undefined;
  /** For `fetch`: the folder whose existence says that there is data already. */
  readonly RESTORE_UNLESS?: string | undefined;
}

export type BackupVariable = keyof BackupEnvironment;

export interface BackupStoreConfig {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What the program is to do, by its first argument. */
export type BackupTask = {
  readonly store: BackupStoreConfig;
  readonly prefix: string;
} & (
  | { readonly command: 'dump'; readonly pipe: string; readonly keepDays: number }
  | { readonly command: 'logs'; readonly server: BackupServer }
  | { readonly command: 'fetch'; readonly folder: string; readonly until: string; readonly only?: RestorePlace }
);

export interface BackupServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** The only pod that restores, and only where it has no data yet. */
export interface RestorePlace {
  readonly pod: string;
  readonly unless: string;
}

const given = text('be set in the environment');

const environment: Parser<BackupEnvironment> = object<BackupEnvironment>({
  S3_ENDPOINT: given,
  S3_BUCKET: given,
  S3_REGION: given,
  S3_ACCESS_KEY: given,
  S3_SECRET_KEY: given,
  BACKUP_PREFIX: given,
  KEEP_DAYS: optional(given),
  MYSQL_HOST: optional(given),
  MYSQL_PORT: optional(given),
  MYSQL_USER: optional(given),
  MYSQL_PASSWORD: optional(given),
  RESTORE_UNTIL: optional(anyText()),
  RESTORE_AT: optional(given),
  RESTORE_UNLESS: optional(given),
});

/** A variable that begins so is for this program: a misspelt one is refused. Others are the image's and Kubernetes'. */
const OWN = /^(S3|BACKUP|KEEP|MYSQL|RESTORE)_/;

/**
 * @param words The program's arguments: `dump PIPE`, `logs` or `fetch FOLDER`.
 * @param variables The process's environment.
 */
export function parseBackupTask(
  words: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): BackupTask {
  const own = Object.fromEntries(Object.entries(variables).filter(([name]) => OWN.test(name)));
  const env = environment.parse(own, '');
  const [command = '', argument] = words;
  const at = {
    prefix: env.BACKUP_PREFIX,
    store: {
      endpoint: env.S3_ENDPOINT,
      bucket: env.S3_BUCKET,
      region: env.S3_REGION,
      accessKey: env.S3_ACCESS_KEY,
      secretKey: env.S3_SECRET_KEY,
    },
  };
  switch (command) {
    case 'dump':
      return {
        ...at,
        command,
        pipe: given.parse(argument, 'PIPE'),
        keepDays: whole('KEEP_DAYS', env.KEEP_DAYS, 36_500),
      };
    case 'logs':
      return { ...at, command, server: serverOf(env) };
    case 'fetch':
      return {
        ...at,
        command,
        folder: given.parse(argument, 'FOLDER'),
        until: env.RESTORE_UNTIL ?? '',
        ...placeOf(env),
      };
    default:
      throw new Error(`there is no command '${command}'; there are dump, logs and fetch`);
  }
}

function serverOf(env: BackupEnvironment): BackupServer {
  return {
    host: given.parse(env.MYSQL_HOST, 'MYSQL_HOST'),
    port: whole('MYSQL_PORT', env.MYSQL_PORT ?? '3306', 65_535),
    user: given.parse(env.MYSQL_USER, 'MYSQL_USER'),
    password: given.parse(env.MYSQL_PASSWORD, 'MYSQL_PASSWORD'),
  };
}

/** Both or none: without the folder the pod would restore over data that it has. */
function placeOf({ RESTORE_AT: pod, RESTORE_UNLESS: unless }: BackupEnvironment): { only?: RestorePlace } {
  if (pod === undefined && unless === undefined) return {};
  return { only: { pod: given.parse(pod, 'RESTORE_AT'), unless: given.parse(unless, 'RESTORE_UNLESS') } };
}

function whole(name: BackupVariable, value: string | undefined, most: number): number {
  if (value === undefined || !/^[1-9]\d*$/.test(value) || Number(value) > most)
    return refuse(name, `be a whole number from 1 to ${most}`, value);
  return Number(value);
}
