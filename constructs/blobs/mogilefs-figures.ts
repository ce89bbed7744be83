import { registerTables } from '../core/queried-tables';
import { Unit, atEachSlice } from '../core/monitor';
import type { Role } from '../core/role';

/** Tables that the statement reads. */
registerTables(['device', 'file_to_delete2', 'file_to_replicate', 'fsck_log']);

/**
 * `failcount` grows with each copy that could not be made; `file_to_delete2` are files that are to go from the disks; `GONE` is a check's
 * note of a file that it found on no device.
 */
const STATEMENT = `SELECT
  (SELECT COUNT(*) FROM file_to_replicate) AS files_to_replicate,
  (SELECT COUNT(*) FROM file_to_replicate WHERE failcount > 0) AS files_not_replicated,
  (SELECT COUNT(*) FROM file_to_delete2) AS files_to_delete,
  (SELECT COUNT(DISTINCT fid) FROM fsck_log WHERE evcode = 'GONE') AS files_lost,
  (SELECT COUNT(*) FROM device WHERE status <> 'alive') AS devices_not_alive`;

/** Files that lack a copy, and files that wait to be copied. */
export function watchMogileFs(role: Role, database: Role, databaseName: string): void {
  const of = `{role="${role.name}"}`;
  role._metricsSources.push({
    kind: 'database',
    database,
    databaseName,
    statement: STATEMENT,
    prefix: 'mogilefs',
    labels: [],
  });
  role._alerts.push(
    {
      name: 'BlobsWithoutSecondCopy',
      expr: `mogilefs_files_not_replicated${of} > 0`,
      for: '15m',
      severity: 'warning',
      summary: `{{ $value }} files of ${role.name} lack a copy that could not be made for 15 minutes: bring the slice back that is down, and replace no other before they are copied`,
    },
    {
      name: 'BlobsWaitToBeCopied',
      expr: `min_over_time(mogilefs_files_to_replicate${of}[15m]) > 1000`,
      for: '0s',
      severity: 'warning',
      summary: `{{ $value }} files of ${role.name} have waited for their second copy for 15 minutes: its trackers do not keep up, see their log`,
    },
    {
      name: 'BlobsLost',
      expr: `mogilefs_files_lost${of} > 0`,
      for: '0s',
      severity: 'critical',
      summary: `the last check found {{ $value }} files of ${role.name} on no slice: mogadm fsck printlog has their numbers (GONE); let nobody replace a volume, and see whether a slice is away that has them`,
    },
    {
      name: 'BlobDeviceNotAlive',
      expr: `mogilefs_devices_not_alive${of} > 0`,
      for: '5m',
      severity: 'warning',
      summary: `{{ $value }} devices of ${role.name} are marked other than alive, by an operator: mogadm device list; mogadm device mark brings one back`,
    },
  );
  role._panels.push(
    { title: 'to copy', expr: atEachSlice(role, `max(mogilefs_files_to_replicate${of})`), unit: Unit.NUMBER },
    { title: 'without a copy', expr: atEachSlice(role, `max(mogilefs_files_not_replicated${of})`), unit: Unit.NUMBER },
    { title: 'to delete', expr: atEachSlice(role, `max(mogilefs_files_to_delete${of})`), unit: Unit.NUMBER },
  );
}
