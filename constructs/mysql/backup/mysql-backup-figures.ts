import { watchCronJob } from '../../core/cron-job-figures';
import type { Role } from '../../core/role';

/** Schedules of the backup's parts, as cron has them. */
export interface BackupSchedules {
  readonly schedule: string;
  readonly logSchedule: string;
  readonly testSchedule: string;
}

/**
 * Seconds by which one run may be longer than another before it is called late. A dump may wait for its image, and be tried three times.
 * Two runs for the logs may fail, as the next run stores the same logs.
 */
const HOURS = 2 * 3600;
const TWO_RUNS_OF_LOGS = 600;

/** Whether dumps and logs are stored, and whether they can be restored. */
export function watchBackup(database: Role, { schedule, logSchedule, testSchedule }: BackupSchedules): void {
  const { name } = database;
  const log = (job: string) =>
    `kubectl -n ${database.namespace} describe cronjob ${name}-${job}, and the log of its last pods, say why`;
  watchCronJob(database, `${name}-dump`, {
    schedule,
    slack: HOURS,
    title: 'since a dump',
    alert: 'BackupDumpLate',
    summary: `no dump of ${name} was stored for {{ $value | humanizeDuration }}: ${log('dump')}`,
  });
  watchCronJob(database, `${name}-logs`, {
    schedule: logSchedule,
    slack: TWO_RUNS_OF_LOGS,
    title: 'since its logs',
    alert: 'BackupLogsLate',
    summary: `what is written to ${name} was not stored for {{ $value | humanizeDuration }}, and is lost with both disks: ${log('logs')}`,
  });
  watchCronJob(database, `${name}-restore-test`, {
    schedule: testSchedule,
    slack: HOURS,
    title: 'since a restore',
    alert: 'BackupRestoreLate',
    summary: `no backup of ${name} was restored for {{ $value | humanizeDuration }}, so nobody knows that one can be: ${log('restore-test')}`,
  });
}
