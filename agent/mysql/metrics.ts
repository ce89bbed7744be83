import type { Metric } from '../metrics';
import type { MySqlServer } from './server';

/** Longer than this and a scrape goes on without mysqld's figures, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** What of `SHOW GLOBAL STATUS` is told, and what it is called: as Prometheus's own exporter of MySQL calls it. */
const STATUS: readonly (readonly [variable: string, name: string, type: Metric['type'], help: string])[] = [
  ['Threads_connected', 'mysql_global_status_threads_connected', 'gauge', 'clients that are connected'],
  ['Questions', 'mysql_global_status_questions', 'counter', 'statements of clients'],
  ['Slow_queries', 'mysql_global_status_slow_queries', 'counter', 'statements that took longer than long_query_time'],
  [
    'Innodb_buffer_pool_read_requests',
    'mysql_global_status_innodb_buffer_pool_read_requests',
    'counter',
    'pages that were asked for',
  ],
  [
    'Innodb_buffer_pool_reads',
    'mysql_global_status_innodb_buffer_pool_reads',
    'counter',
    'pages that had to be read from the disk',
  ],
  ['Rpl_semi_sync_source_clients', 'mysql_global_status_rpl_semi_sync_source_clients', 'gauge', 'semi-sync replicas'],
  [
    'Rpl_semi_sync_source_status',
    'mysql_global_status_rpl_semi_sync_source_status',
    'gauge',
    'whether commits wait for a replica',
  ],
  [
    'Rpl_semi_sync_source_yes_tx',
    'mysql_global_status_rpl_semi_sync_source_yes_tx',
    'counter',
    'commits that a replica acknowledged',
  ],
  [
    'Rpl_semi_sync_source_no_tx',
    'mysql_global_status_rpl_semi_sync_source_no_tx',
    'counter',
    'commits that no replica acknowledged',
  ],
];

/** What Prometheus is told of the mysqld beside the agent; `mysql_up` alone where it does not answer. */
export async function mysqlMetrics(
  server: MySqlServer,
  named: (uuid: string) => { readonly primary: boolean; readonly hasReplica: boolean },
): Promise<Metric[]> {
  try {
    const figures = [...(await statusOf(server)), ...(await certificateOf(server)), ...(await replicationOf(server))];
    const [settings] = await server.query(
      'SELECT @@global.max_connections AS connections, @@global.offline_mode AS offline, @@server_uuid AS uuid',
      TIMEOUT_MS,
    );
    const { primary, hasReplica } = named(settings?.['uuid'] ?? '');
    return [
      gauge('mysql_up', 'whether mysqld answers', 1),
      ...figures,
      gauge('mysql_global_variables_max_connections', 'clients that it takes', Number(settings?.['connections'])),
      gauge('mysql_offline', 'whether it takes no clients: copied onto, or set aside', Number(settings?.['offline'])),
      ...(primary
        ? [gauge('mysql_primary_has_replica', 'whether the Lease names one that has everything', Number(hasReplica))]
        : []),
    ];
  } catch {
    return [gauge('mysql_up', 'whether mysqld answers', 0)];
  }
}

async function statusOf(server: MySqlServer): Promise<Metric[]> {
  const list = STATUS.map(([variable]) => `'${variable}'`).join(', ');
  const rows = await server.query(`SHOW GLOBAL STATUS WHERE Variable_name IN (${list})`, TIMEOUT_MS);
  const values = new Map(rows.map((row) => [row['Variable_name'], row['Value'] ?? '']));
  return STATUS.flatMap(([variable, name, type, help]) => {
    const value = values.get(variable);
    if (value === undefined) return [];
    return [{ name, type, help, value: value === 'ON' ? 1 : value === 'OFF' ? 0 : Number(value) }];
  });
}

/** Of the certificate that it shows now, whatever its Secret has by then. */
async function certificateOf(server: MySqlServer): Promise<Metric[]> {
  const [row] = await server.query("SHOW GLOBAL STATUS LIKE 'Ssl_server_not_after'", TIMEOUT_MS);
  const until = Date.parse(row?.['Value'] ?? '');
  return Number.isNaN(until) ? [] : [gauge('mysql_certificate_not_after_seconds', 'its end', until / 1000)];
}

/** A primary has none of these; the lag of one that does not apply is unknown, and not told. */
async function replicationOf(server: MySqlServer): Promise<Metric[]> {
  const status = await server.replicaStatus();
  if (!status) return [];
  return [
    gauge('mysql_replica_running', 'whether it receives and applies', Number(status.receiving && status.applying)),
    ...(status.lag === undefined ? [] : [gauge('mysql_replica_lag_seconds', 'how far it is behind', status.lag)]),
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, type: 'gauge', help, value };
}
