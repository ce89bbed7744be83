import { Unit, inTotal } from '../core/monitor';
import type { Role } from '../core/role';
import { watchPair } from '../pair/pair-figures';

/** A share that was more than nine tenths over the last five minutes, wherever it was in between. */
const nearly = (share: string) => `avg_over_time((${share})[5m:15s]) > 0.9`;

/** Figures and alerts of the agents of a pair of Valkey servers. */
export function watchValkey(role: Role): void {
  const of = `{role="${role.name}"}`;
  const memory = `valkey_used_memory_bytes${of} / valkey_max_memory_bytes${of}`;
  const clients = `valkey_connected_clients${of} / valkey_max_clients${of}`;
  watchPair(role);
  role._alerts.push(
    {
      name: 'ValkeyWithoutReplica',
      expr: inTotal(`valkey_primary_has_replica${of}`, '== bool 0', 1, 5),
      for: '0s',
      severity: 'critical',
      summary:
        '{{ $labels.slice }} had no replica that could take over for a minute of the last five: what is written is on it alone, or is refused. See the log of the other slice’s container heartbeat',
    },
    {
      name: 'ValkeyDown',
      expr: inTotal(`valkey_up${of}`, '== bool 0', 1, 5),
      for: '0s',
      severity: 'critical',
      summary:
        'valkey-server on {{ $labels.slice }} did not answer its agent for a minute of the last five: see the log of its container valkey',
    },
    {
      name: 'ValkeyMemoryNearlyUsed',
      expr: nearly(memory),
      for: '1m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} uses {{ $value | humanizePercentage }} of its memory: it is about to refuse writes, or evicts keys. Give it more RAM, or see what is never taken out',
    },
    {
      name: 'ValkeyClientsNearlyUsed',
      expr: nearly(clients),
      for: '1m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} has {{ $value | humanizePercentage }} of the clients that it takes: give it more RAM, or close connections that are not used',
    },
  );
  role._panels.push(
    { title: 'has a replica', expr: `valkey_primary_has_replica${of}`, unit: Unit.NUMBER, low: true },
    { title: 'memory of that for data', expr: memory, unit: Unit.RATIO },
    { title: 'commands', expr: `rate(valkey_commands_total${of}[5m])`, unit: Unit.PER_SECOND },
    { title: 'clients of those it takes', expr: clients, unit: Unit.RATIO },
    { title: 'evicted', expr: `rate(valkey_evicted_keys_total${of}[5m])`, unit: Unit.PER_SECOND },
  );
}
