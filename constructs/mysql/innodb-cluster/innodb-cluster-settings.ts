import { LOGS, memory } from '../mysql';
import { plainName } from '../mysql-settings';
import { optionGroup } from '../option-file';

/**
 * RAM of the operator's own container beside mysqld, in MiB. With it the container also loads a dump. Not measured here; a user of the
 * operator asks for 160 (github.com/mysql/mysql-operator/issues/56).
 */
export const SIDECAR_MEBIBYTES = 256;

/** RAM of a slice, in MiB, below which there is no room for a pool of 128 MiB beside the other needs of a member. */
export const LEAST_GROUP_MEBIBYTES = 1024;

/** RAM of the cache of messages beside its data, in MiB: MySQL's manual, "XCom Cache Management". */
const CACHE_STRUCTURES = 50;

/**
 * `group_replication_message_cache_size`, in MiB: a sixteenth of mysqld's RAM, from the least that there may be to the default of 1 GiB. A
 * member that was away for less than it holds gets the missed messages from it, and otherwise from binary logs.
 */
export function messageCache(mebibytes: number): number {
  return Math.min(1024, Math.max(128, Math.floor(mebibytes / 16)));
}

/** A pair's memory settings, for a member of a group with so much RAM for mysqld, in MiB. */
export function groupMyCnf(mebibytes: number, settings: Record<string, string> = {}): string {
  const cache = messageCache(mebibytes);
  const lines: Record<string, string | number> = {
    character_set_server: 'utf8mb4',
    // A group has to have the performance schema (MySQL Shell's manual, "InnoDB Cluster Requirements").
    ...memory(mebibytes - cache - CACHE_STRUCTURES, true),
    ...LOGS,
    // A group refuses to write to a table without a primary key: one that is made without gets a key that nobody sees.
    sql_generate_invisible_primary_key: 'ON',
    // The plug-in is not there yet when a volume is initialized.
    loose_group_replication_message_cache_size: `${cache}M`,
    ...settings,
  };
  return ['[mysqld]', ...optionGroup(lines), ''].join('\n');
}

/** Whether the operator writes a setting, or sets it in a running group. */
export function isOperators(setting: string): boolean {
  const name = plainName(setting);
  return name.startsWith('group_replication_') || OPERATORS.has(name);
}

const OPERATORS = new Set([
  'datadir',
  'enforce_gtid_consistency',
  'gtid_mode',
  'log_bin',
  'log_replica_updates',
  'performance_schema',
  'plugin_load',
  'plugin_load_add',
  'port',
  'read_only',
  'report_host',
  'server_id',
  'skip_replica_start',
  'socket',
  'super_read_only',
]);
