import { registerTables } from '../core/queried-tables';
import { jobsFail, jobsWait, watchQueue } from './queue-figures';
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
  role._metricsSources.push({
    kind: 'database',
    database,
    ...(databaseName !== undefined && { databaseName }),
    statement: STATEMENT,
    prefix: 'theschwartz',
    labels: ['function'],
  });
  role._alerts.push(
    jobsWait(role, 'theschwartz', 'function'),
    jobsFail(
      role,
      'theschwartz',
      'jobs of {{ $labels.function }}',
      "the table error of the queue's database says why; each is tried again as its class says",
    ),
  );
  watchQueue(role, 'theschwartz', true);
}
