import type { TableQueueProps } from './job-queue';
import { jobsFail, jobsWait, watchQueue } from './queue-figures';
import { Role } from '../core/role';

/** The depth of a queue in a table, the wait of its oldest job, and recent failures. */
export function watchTable(role: Role, props: TableQueueProps): void {
  const { database, databaseName, table, failures } = props;
  const at = { kind: 'database' as const, database, ...(databaseName !== undefined && { databaseName }) };
  if (database instanceof Role) database._readTables([table, ...(failures ? [failures.table] : [])]);
  role._metricsSources.push({ ...at, statement: depthStatement(props), prefix: 'queue', labels: ['queue'] });
  if (failures)
    role._metricsSources.push({ ...at, statement: failuresStatement(failures), prefix: 'queue', labels: [] });
  watchQueue(role, 'queue', failures !== undefined);
  role._alerts.push(jobsWait(role, 'queue', 'queue'));
  if (failures)
    role._alerts.push(
      jobsFail(role, 'queue', 'jobs', `the table ${failures.table} says why; try them again once that is mended`),
    );
}

/** A job that is due and in hand counts as running alone. */
function depthStatement({ table, queueColumn, dueAt, where = 'TRUE', inHand = 'FALSE' }: TableQueueProps): string {
  const due = `(${dueAt}) <= UNIX_TIMESTAMP()`;
  const ready = `${due} AND NOT COALESCE(${inHand}, FALSE)`;
  const sum = (condition: string) => `COALESCE(SUM(${condition}), 0)`;
  const name = queueColumn === undefined ? `'${table}'` : `\`${queueColumn}\``;
  return `SELECT ${name} AS \`queue\`,
  ${sum(ready)} AS ready,
  ${sum(inHand)} AS running,
  ${sum(`NOT (${due}) AND NOT COALESCE(${inHand}, FALSE)`)} AS later,
  COALESCE(UNIX_TIMESTAMP() - MIN(CASE WHEN ${ready} THEN ${dueAt} END), 0) AS oldest_ready_seconds
FROM \`${table}\` WHERE ${where}${queueColumn === undefined ? '' : ` GROUP BY \`${queueColumn}\``}`;
}

function failuresStatement({ table, where }: { readonly table: string; readonly where: string }): string {
  return `SELECT COUNT(*) AS failures_in_15m FROM \`${table}\` WHERE ${where}`;
}
