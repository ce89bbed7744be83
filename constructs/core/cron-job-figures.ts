import type { Role } from './role';
import { longestPause } from './cron';
import { Unit, atEachSlice } from './monitor';

/** A watch on a CronJob, for an alert when it does not succeed. */
export interface CronJobWatch {
  /** Its schedule, as cron has it. */
  readonly schedule: string;
  /** Seconds by which one run may be longer than another. */
  readonly slack: number;
  /** The title of the figure that says how long ago it succeeded. */
  readonly title: string;
  readonly alert: string;
  readonly summary: string;
}

/**
 * Alerts to a CronJob that has not succeeded for longer than the pause in its schedule: the last run failed, has not ended, or was never
 * started. Without any success, the time counts from the creation of the CronJob.
 */
export function watchCronJob(role: Role, name: string, { schedule, slack, title, alert, summary }: CronJobWatch): void {
  const since = `time() - max by (role) (cron_job_succeeded_seconds{role="${role.name}",cronjob="${name}"})`;
  role._metricsSources.push({ kind: 'cron-job', name });
  role._alerts.push({
    name: alert,
    expr: `${since} > ${(longestPause(schedule) ?? 0) + slack}`,
    for: '5m',
    severity: 'critical',
    summary,
  });
  role._panels.push({ title, expr: atEachSlice(role, `max(${since})`), unit: Unit.SECONDS });
}
