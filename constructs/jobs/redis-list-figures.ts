import type { RedisListProps } from './job-queue';
import type { Role } from '../core/role';
import { Unit, atEachSlice } from '../core/monitor';

/** The length of each list. A list does not tell how long its jobs have waited, nor which are in hand. */
export function watchLists(role: Role, { server, lists, database = 0 }: RedisListProps): void {
  const ready = `queue_ready{role="${role.name}"}`;
  role._metricsSources.push({ kind: 'redis-lists', server, lists, database });
  role._panels.push({ title: 'jobs due', expr: atEachSlice(role, `sum(${ready})`), unit: Unit.NUMBER });
  role._alerts.push({
    name: 'JobsWait',
    expr: `min_over_time(${ready}[15m]) > 0 and delta(${ready}[15m]) >= 0`,
    for: '2m',
    severity: 'warning',
    summary: `the queue {{ $labels.queue }} has had jobs for 15 minutes, and they do not get fewer: see whether its workers on ${role.name} run, and give it more of them`,
  });
}
