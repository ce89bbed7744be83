import { optionGroup } from './option-file';

/**
 * RAM of mysqld beside its buffer pool and its connections, in MiB.
 *
 * Measured on mysqld 9.7 with these settings and the semi-sync and clone plugins. It took 165 MiB of anonymous memory when idle with a pool
 * of 16 MiB, half of which was touched.
 */
export const OVERHEAD = 152;

/** RAM of the performance schema beyond that, in MiB: measured, 307 MiB instead of 165. */
export const PERFORMANCE_SCHEMA = 148;

/** From this much RAM of mysqld on, in MiB, the performance schema is on: below, it would take more than a tenth. */
const PERFORMANCE_SCHEMA_FROM = 1536;

/** A connection at work, in MiB: a stack, its buffers, and a query's sort or join buffer at 256 KiB each. */
export const CONNECTION = 1;

/**
 * Connections beside the site account's: for the agents, the replica and the backups. While commits wait for a replica, programs that lose
 * patience and connect again use up theirs; the replica would find none to come back by.
 */
export const OWN_CONNECTIONS = 12;

/** The pool grows and shrinks by this, in MiB. */
const CHUNK = 16;

/** Below this there is no room for a pool and twenty connections. */
export const LEAST_MEBIBYTES = 256;

/** More are not of use to a site of this size: each takes 1 MiB at work. */
const MOST_CONNECTIONS = 1000;

/** `max_user_connections`: one for each 8 MiB beyond mysqld's own needs, from 20 to 1,000. */
export function connectionLimit(mebibytes: number): number {
  return Math.min(MOST_CONNECTIONS, Math.max(20, Math.floor((mebibytes - OVERHEAD) / 8)));
}

/** The change to write so that mysqld, which has so much RAM of a slice, takes so many connections. Both in MiB. */
export function insteadOfConnections(connections: number, mebibytes: number, slice: number): string {
  if (connections > MOST_CONNECTIONS) return '';
  const ram = `Size.mebibytes(${OVERHEAD + 8 * connections + slice - mebibytes}) or more, `;
  return fits(connections, mebibytes)
    ? `${ram}settings: { max_connections: '${connections + OWN_CONNECTIONS}' }, `
    : ram;
}

/** Whether there is RAM for so many connections at work beside the pool. */
function fits(connections: number, mebibytes: number): boolean {
  const fixed = OVERHEAD + (hasPerformanceSchema(mebibytes) ? PERFORMANCE_SCHEMA : 0);
  return fixed + connections * CONNECTION + bufferPool(mebibytes) <= mebibytes;
}

/** Whether there is room for the performance schema. */
export function hasPerformanceSchema(mebibytes: number): boolean {
  return mebibytes >= PERFORMANCE_SCHEMA_FROM;
}

/**
 * `innodb_buffer_pool_size`, in MiB: four fifths of the RAM that is left when every connection is at work. The last fifth is for temporary
 * tables, InnoDB's own tables about the pool (5 to 10 % of it, by MySQL's manual) and pages of the binary log.
 */
export function bufferPool(mebibytes: number, performanceSchema = hasPerformanceSchema(mebibytes)): number {
  const fixed = OVERHEAD + (performanceSchema ? PERFORMANCE_SCHEMA : 0);
  const left = mebibytes - fixed - connectionLimit(mebibytes) * CONNECTION;
  return Math.max(CHUNK, Math.floor((left * 0.8) / CHUNK) * CHUNK);
}

/** `temptable_max_ram`, in MiB: memory for the temporary tables of all queries together; the rest is on disk. */
export function temporaryTables(mebibytes: number): number {
  return Math.max(2, Math.floor(mebibytes / 64));
}

/** `innodb_redo_log_capacity`, in MiB: half the pool, at least 64, at most 2,048, so that a restart replays for seconds. */
export function redoLog(mebibytes: number, pool = bufferPool(mebibytes)): number {
  return Math.min(2048, Math.max(64, pool / 2));
}

/** A new volume of mysqld 9.7, in MiB, beside its redo log: measured, 151 MiB with a redo log of 64 MiB. */
const EMPTY_VOLUME = 87;

/** The smallest volume that has room for data and the binary log, in MiB: twice what a new one has on it. */
export function leastStorage(mebibytes: number): number {
  return 2 * (EMPTY_VOLUME + redoLog(mebibytes));
}

/** `table_open_cache`: its default of 4,000 at 4 GiB, in proportion, at least 400. */
export function openTables(mebibytes: number): number {
  return Math.min(4000, Math.max(400, mebibytes));
}

export const PORT = 3306;
export const DATA = '/var/lib/mysql';
export const RUN = '/run/mysqld';
/** The folder in which the agent says what this server is: `active-until`, `refuses` and `ready`. */
export const FENCE = `${RUN}/agent`;
/** The passwords of the accounts for a server and its agent, each in a folder with its user's name. */
export const SECRETS = '/secrets';
export const SETTINGS = '/etc/slices';
/** The user that mysqld runs as in the public image. */
export const USER = 999;

/** The configuration of a server of a pair that has so much RAM for mysqld, in MiB. */
export function myCnf(mebibytes: number, settings: Record<string, string> = {}): string {
  const lines: Record<string, string | number> = {
    datadir: `${DATA}/data`,
    tmpdir: `${DATA}/tmp`,
    socket: `${RUN}/mysqld.sock`,
    pid_file: `${RUN}/mysqld.pid`,
    port: PORT,
    mysqlx: 'OFF',
    // Names of clients are not looked up, and a probe that only connects never gets its host refused.
    skip_name_resolve: 'ON',
    host_cache_size: 0,
    character_set_server: 'utf8mb4',
    sql_mode: SQL_MODES.join(','),
    ...memory(mebibytes),
    ...REPLICATION,
    ...settings,
  };
  const plugins = PLUGINS.map((each) => `plugin_load_add = ${each}`);
  return ['[mysqld]', ...plugins, ...optionGroup(lines), ''].join('\n');
}

/** The settings that follow from the RAM of mysqld, in MiB. */
export function memory(
  mebibytes: number,
  performanceSchema = hasPerformanceSchema(mebibytes),
): Record<string, string | number> {
  const pool = bufferPool(mebibytes, performanceSchema);
  return {
    max_connections: connectionLimit(mebibytes) + OWN_CONNECTIONS,
    max_user_connections: connectionLimit(mebibytes),
    innodb_buffer_pool_size: `${pool}M`,
    innodb_buffer_pool_chunk_size: `${CHUNK}M`,
    innodb_buffer_pool_instances: 1,
    innodb_redo_log_capacity: `${redoLog(mebibytes, pool)}M`,
    innodb_log_buffer_size: '4M',
    temptable_max_ram: `${temporaryTables(mebibytes)}M`,
    temptable_max_mmap: 0,
    table_open_cache: openTables(mebibytes),
    table_definition_cache: openTables(mebibytes),
    performance_schema: performanceSchema ? 'ON' : 'OFF',
  };
}

/**
 * MySQL's default without `NO_ENGINE_SUBSTITUTION`: a program that asks for MyISAM, as Dreamwidth does for its texts, gets an
 * InnoDB table and a warning. A program that sets the mode itself gets an error.
 */
const SQL_MODES = [
  'ONLY_FULL_GROUP_BY',
  'STRICT_TRANS_TABLES',
  'NO_ZERO_IN_DATE',
  'NO_ZERO_DATE',
  'ERROR_FOR_DIVISION_BY_ZERO',
];

/**
 * A copy by CLONE empties the tables of these engines, and a crash leaves them with less than the binary log says. MEMORY loses its rows at
 * each start. A replica then has other rows than its primary. Tables of MySQL's own are not concerned.
 */
const OTHER_ENGINES = ['MyISAM', 'MRG_MYISAM', 'MEMORY', 'CSV', 'ARCHIVE', 'BLACKHOLE', 'FEDERATED', 'EXAMPLE'];

const PLUGINS = ['semisync_source.so', 'semisync_replica.so', 'mysql_clone.so'];

/** How long the binary logs are kept: a server that was away for longer takes a copy of all data. */
export const LOGS = { binlog_expire_logs_seconds: 3 * 24 * 3600 };

/**
 * A server starts read-only and follows no other: its agent tells it what to be. It keeps acknowledged writes: each commit is on disk. A
 * replica keeps over a restart what it has received (`relay_log_recovery`), as the source may be gone by then. It need not be on disk
 * (`sync_relay_log`): agent/mysql/rules.ts says why.
 */
export const REPLICATION: Record<string, string | number> = {
  gtid_mode: 'ON',
  enforce_gtid_consistency: 'ON',
  super_read_only: 'ON',
  skip_replica_start: 'ON',
  log_bin: 'binlog',
  log_replica_updates: 'ON',
  ...LOGS,
  disabled_storage_engines: OTHER_ENGINES.join(','),
  // What someone persisted on one server is on no other, nor in a copy, and goes before this file: it could open a standby.
  persisted_globals_load: 'OFF',
  sync_binlog: 1,
  innodb_flush_log_at_trx_commit: 1,
  // A server whose volume is new has the number of the one before, and would leave out what that one had written.
  replicate_same_server_id: 'ON',
  relay_log: 'relay',
  relay_log_recovery: 'OFF',
  // Not 1 GiB, as of itself: a replica would have its volume full long before its primary stops for want of room.
  max_relay_log_size: '8M',
  replica_net_timeout: 4,
  loose_rpl_semi_sync_source_wait_point: 'AFTER_SYNC',
  loose_rpl_semi_sync_source_wait_for_replica_count: 1,
  loose_rpl_semi_sync_source_wait_no_replica: 'ON',
  // For ever: only the agent ends the waiting, once it has written down that the replica lacks what follows.
  loose_rpl_semi_sync_source_timeout: 4294967295,
  // A primary turns it on: a replica would wait for a replica of its own.
  loose_rpl_semi_sync_source_enabled: 'OFF',
  loose_rpl_semi_sync_replica_enabled: 'ON',
};
