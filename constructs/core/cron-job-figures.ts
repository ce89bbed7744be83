import type { Role } from './role';
import { longestPause } from './cron';
import { Unit, atEachSlice } from './monitor';

/** What is told of a CronJob that does not succeed. */
export interface CronJobWatch {
  /** When it runs, as cron has it. */
  readonly schedule: string;
  /** For how much longer than another a run may take, in seconds. */
  readonly slack: number;
  /** Of the figure that says how long ago it succeeded. */
  readonly title: string;
  readonly alert: string;
  readonly summary: string;
}

/**
 * A CronJob of a role that has not succeeded for longer than its schedule leaves between two runs: the last one failed, has not
 * ended, or was never started. Where it never has, since it is there.
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
