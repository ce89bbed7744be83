import { Unit } from '../core/monitor';
import type { Role } from '../core/role';

/** Servers that throw items out, and servers that have few of the items asked for. */
export function watchMemcached(role: Role, port: number): void {
  const of = `role="${role.name}"`;
  const gets = (status: string) =>
    `sum by (role, slice) (rate(memcached_commands_total{${of},command="get"${status}}[15m]))`;
  const hits = `${gets(',status="hit"')} / (${gets('')} > 0)`;
  const evictions = `rate(memcached_items_evicted_total{${of}}[15m])`;
  role._metricsSources.push({ kind: 'memcached', port });
  role._alerts.push(
    {
      name: 'CacheEvicts',
      expr: `${evictions} > 1`,
      for: '15m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} throws {{ $value | printf "%.1f" }} items a second out to make room: give its pool more RAM, or one slice more',
    },
    {
      name: 'CacheMisses',
      // A pool that hardly anyone asks tells nothing by its rate.
      expr: `${hits} < 0.5 and ${gets('')} > 1`,
      for: '15m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} has {{ $value | humanizePercentage }} of what it is asked for: see whether it was emptied lately, throws items out, or is asked with keys that nobody sets',
    },
    {
      name: 'CacheRefusesClients',
      expr: `increase(memcached_connections_listener_disabled_total{${of}}[15m]) > 0`,
      for: '0s',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} had as many clients as it takes: give it more RAM, or close connections that are not used',
    },
  );
  role._panels.push(
    { title: 'hits', expr: hits, unit: Unit.RATIO, low: true },
    { title: 'thrown out', expr: evictions, unit: Unit.PER_SECOND },
    { title: 'items', expr: `memcached_current_bytes{${of}} / memcached_limit_bytes{${of}}`, unit: Unit.RATIO },
    { title: 'clients', expr: `memcached_current_connections{${of}}`, unit: Unit.NUMBER },
  );
}
