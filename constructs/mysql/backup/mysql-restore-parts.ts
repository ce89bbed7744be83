import { k8s } from '../../core/imports';
import { DATA, SETTINGS, USER } from '../mysql';
import { FETCHED, RESTORE_PAIR, STORE_MEBIBYTES } from './mysql-dump';
import { MySQLRestore } from './mysql-restore';
import type { Role } from '../../core/role';
import { PROGRAM, allowStore, backupProgram, checkStore, storeEnv, storeSecret, variable } from './backup-store';
import { container } from '../../core/container';
import { problem } from '../../core/problems';

/** Parts of a pair that run before mysqld, to begin with a backup. */
export interface RestoreParts {
  readonly init: k8s.Container[];
  readonly volumes: k8s.Volume[];
}

export interface RestoreOptions {
  readonly restore: MySQLRestore;
  readonly image: string;
  readonly nodeImage: string;
  /** RAM of mysqld, in MiB. */
  readonly mebibytes: number;
}

/** Fetches and restores on the first slice, where it has no data yet. The other slice copies it. */
export function restoreParts(role: Role, { restore, image, nodeImage, mebibytes }: RestoreOptions): RestoreParts {
  check(role, restore);
  role.site._shareSecret(storeSecret(role), role.namespace);
  allowStore(role, restore);
  const data = { name: 'data', mountPath: DATA };
  const fetch = container({
    name: 'fetch',
    image: nodeImage,
    mebibytes: STORE_MEBIBYTES,
    command: ['node', '--max-old-space-size=48', `${PROGRAM}/backup.js`, 'fetch', FETCHED],
    env: [
      ...storeEnv(role, restore, restore.folder),
      variable('RESTORE_AT', role.slices[0]?.podName ?? ''),
      variable('RESTORE_UNLESS', `${DATA}/data`),
      variable('RESTORE_UNTIL', restore.until ?? ''),
    ],
    mounts: [{ name: 'program', mountPath: PROGRAM, readOnly: true }, data],
    user: USER,
  });
  const load = container({
    name: 'restore',
    image,
    mebibytes,
    command: ['bash', '-c', RESTORE_PAIR],
    mounts: [{ name: 'settings', mountPath: SETTINGS, readOnly: true }, data],
    user: USER,
  });
  return { init: [fetch, load], volumes: [backupProgram(role, 'restore')] };
}

function check(role: Role, restore: MySQLRestore): void {
  checkStore(role, restore, 'restoreFrom.');
  const { folder, until } = restore;
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(folder))
    problem(role, 'restoreFrom.folder', folder, "write the name of the pair that the backup is of, such as 'dfw-db'");
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
  const transaction = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d+$/i;
  if (until !== undefined && !(transaction.test(until) || (time.test(until) && isOfCalendar(until))))
    problem(
      role,
      'restoreFrom.until',
      until,
      "write a time with its zone, such as '2026-11-24T19:00:00Z', or a transaction, 'UUID:NUMBER'",
    );
}

/** JavaScript reads the 30th of February as a day of March. */
function isOfCalendar(time: string): boolean {
  const day = time.slice(0, 10);
  return !Number.isNaN(Date.parse(time)) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
