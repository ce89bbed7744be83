import { warnOfCertificate } from '../core/certificate-figures';
import { Unit, inTotal } from '../core/monitor';
import { watchPair } from '../pair/pair-figures';
import type { Role } from '../core/role';

/** Figures and alerts of the agents of a pair of MySQL servers. */
export function watchMySQL(role: Role): void {
  const of = `{role="${role.name}"}`;
  const status = (name: string) => `mysql_global_status_${name}${of}`;
  const connections = `${status('threads_connected')} / mysql_global_variables_max_connections${of}`;
  const reads = `rate(${status('innodb_buffer_pool_read_requests')}[5m])`;
  // `clamp_max`: what is read ahead is counted as read without having been asked for.
  const hits = `1 - clamp_max(rate(${status('innodb_buffer_pool_reads')}[5m]) / (${reads} > 0), 1)`;
  watchPair(role);
  warnOfCertificate(role, 'mysql_certificate_not_after_seconds');
  role._alerts.push(
    {
      name: 'MySQLWithoutReplica',
      expr: inTotal(`mysql_primary_has_replica${of}`, '== bool 0', 1, 5),
      for: '0s',
      severity: 'critical',
      summary:
        '{{ $labels.slice }} had no replica with everything for a minute of the last five: what is written is on its disk alone, or waits. See the log of the other slice’s container heartbeat',
    },
    {
      name: 'MySQLReplicaBehind',
      expr: inTotal(`mysql_replica_lag_seconds${of}`, '> bool 10', 1, 5),
      for: '0s',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} was more than 10 s behind for a minute of the last five, and is {{ $value | humanizeDuration }} behind: it is not read from, and would take that long to take over. See what is written so much of, or give it more RAM',
    },
    {
      name: 'MySQLTakesNoClients',
      expr: `mysql_offline${of} == 1`,
      for: '10m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} has taken no clients for 10 minutes: its container heartbeat logs whether it takes a copy of all data, or is set aside with transactions that the primary lacks',
    },
    {
      name: 'MySQLDown',
      expr: inTotal(`mysql_up${of}`, '== bool 0', 1, 5),
      for: '0s',
      severity: 'critical',
      summary:
        'mysqld on {{ $labels.slice }} did not answer its agent for a minute of the last five: see the log of its container mysqld',
    },
    {
      name: 'MySQLVolumeFull',
      // The agent itself waits for twice the room before it says otherwise.
      expr: `mysql_volume_full${of} == 1`,
      for: '0s',
      severity: 'critical',
      summary:
        '{{ $labels.slice }} has no room left on its volume: it takes no writes, or as a replica receives none. Make the volume larger: docs/day-two.md',
    },
    {
      name: 'MySQLConnectionsNearlyUsed',
      expr: `${connections} > 0.9`,
      for: '5m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} has {{ $value | humanizePercentage }} of the clients that it takes: give it more RAM, or close connections that are not used',
    },
  );
  role._panels.push(
    { title: 'has a replica', expr: `mysql_primary_has_replica${of}`, unit: Unit.NUMBER, low: true },
    { title: 'semi-sync replicas', expr: status('rpl_semi_sync_source_clients'), unit: Unit.NUMBER, low: true },
    { title: 'behind', expr: `mysql_replica_lag_seconds${of}`, unit: Unit.SECONDS },
    { title: 'statements', expr: `rate(${status('questions')}[5m])`, unit: Unit.PER_SECOND },
    { title: 'found in the pool', expr: hits, unit: Unit.RATIO, low: true },
    { title: 'clients of those it takes', expr: connections, unit: Unit.RATIO },
    {
      title: 'volume used',
      expr: '1 - max by (slice) (kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes)',
      unit: Unit.RATIO,
    },
  );
}
