import { registerTables } from '../core/queried-tables';
import { Unit, atEachSlice } from '../core/monitor';
import type { Role } from '../core/role';

/** Tables that the statement reads. */
registerTables(['error', 'funcmap', 'job']);

/** Jobs that are due and not in hand, in hand, and for later; the wait of the oldest due job; recent failures. */
const STATEMENT = `SELECT funcname AS \`function\`,
  COALESCE(SUM(run_after <= UNIX_TIMESTAMP() AND grabbed_until <= UNIX_TIMESTAMP()), 0) AS ready,
  COALESCE(SUM(grabbed_until > UNIX_TIMESTAMP()), 0) AS running,
  COALESCE(SUM(run_after > UNIX_TIMESTAMP() AND grabbed_until <= UNIX_TIMESTAMP()), 0) AS later,
  COALESCE(UNIX_TIMESTAMP() - MIN(CASE WHEN run_after <= UNIX_TIMESTAMP() AND grabbed_until <= UNIX_TIMESTAMP() THEN run_after END), 0) AS oldest_ready_seconds,
  (SELECT COUNT(*) FROM error WHERE error.funcid = funcmap.funcid AND error_time > UNIX_TIMESTAMP() - 900) AS failures_in_15m
FROM funcmap LEFT JOIN job USING (funcid) GROUP BY funcid, funcname`;

/** The depth of the queue, and the age of the jobs that wait in it. */
export function watchTheSchwartz(role: Role, database: Role, databaseName: string | undefined): void {
  const of = `{role="${role.name}"}`;
  role._metricsSources.push({
    kind: 'database',
    database,
    ...(databaseName !== undefined && { databaseName }),
    statement: STATEMENT,
    prefix: 'theschwartz',
    labels: ['function'],
  });
  role._alerts.push(
    {
      name: 'JobsWait',
      expr: `theschwartz_oldest_ready_seconds${of} > 600`,
      for: '2m',
      severity: 'warning',
      summary: `a job of {{ $labels.function }} has waited for {{ $value | humanizeDuration }}: see whether its workers on ${role.name} run, and give it more of them`,
    },
    {
      name: 'JobsFail',
      expr: `theschwartz_failures_in_15m${of} > 10`,
      for: '0s',
      severity: 'warning',
      summary: `jobs of {{ $labels.function }} failed {{ $value }} times in 15 minutes: the table error of the queue's database says why; each is tried again as its class says`,
    },
  );
  role._panels.push(
    { title: 'jobs due', expr: atEachSlice(role, `sum(theschwartz_ready${of})`), unit: Unit.NUMBER },
    { title: 'in hand', expr: atEachSlice(role, `sum(theschwartz_running${of})`), unit: Unit.NUMBER },
    { title: 'oldest due', expr: atEachSlice(role, `max(theschwartz_oldest_ready_seconds${of})`), unit: Unit.SECONDS },
    { title: 'failed in 15 min', expr: atEachSlice(role, `sum(theschwartz_failures_in_15m${of})`), unit: Unit.NUMBER },
  );
}
