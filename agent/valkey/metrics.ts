import type { Metric } from '../metrics';
import type { Standing } from './server';

/** What of INFO is told, and what it is called. */
const LINES: readonly (readonly [line: string, name: string, type: Metric['type'], help: string])[] = [
  ['connected_clients', 'valkey_connected_clients', 'gauge', 'clients that are connected'],
  ['maxclients', 'valkey_max_clients', 'gauge', 'clients that it takes'],
  ['blocked_clients', 'valkey_blocked_clients', 'gauge', 'clients that wait, as for an element of a list'],
  ['used_memory', 'valkey_used_memory_bytes', 'gauge', 'memory in use'],
  ['used_memory_dataset', 'valkey_dataset_bytes', 'gauge', 'memory of the data'],
  ['used_memory_rss', 'valkey_resident_memory_bytes', 'gauge', 'memory of the process'],
  ['maxmemory', 'valkey_max_memory_bytes', 'gauge', 'memory beyond which writes are refused, or keys are evicted'],
  ['total_commands_processed', 'valkey_commands_total', 'counter', 'commands of clients'],
  ['evicted_keys', 'valkey_evicted_keys_total', 'counter', 'keys that were thrown out to make room'],
  ['rejected_connections', 'valkey_rejected_connections_total', 'counter', 'clients that found no room'],
  ['total_error_replies', 'valkey_error_replies_total', 'counter', 'commands that were answered by an error'],
  ['aof_current_size', 'valkey_log_bytes', 'gauge', 'size of the log on the disk'],
];

/** What Prometheus is told of the server beside the agent; `valkey_up` alone where it does not answer. */
export function valkeyMetrics(standing: Standing | undefined, hasReplica: boolean | undefined): Metric[] {
  if (!standing) return [gauge('valkey_up', 'whether valkey-server answers', 0)];
  const figures = LINES.flatMap(([line, name, type, help]) => {
    const value = Number(standing.lines[line]);
    return standing.lines[line] === undefined || Number.isNaN(value) ? [] : [{ name, type, help, value }];
  });
  return [
    gauge('valkey_up', 'whether valkey-server answers', 1),
    ...figures,
    ...(standing.leads
      ? []
      : [gauge('valkey_replica_linked', 'whether it follows the primary', Number(standing.linked))]),
    ...(hasReplica === undefined
      ? []
      : [gauge('valkey_primary_has_replica', 'whether the Lease names one that may take over', Number(hasReplica))]),
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, type: 'gauge', help, value };
}
