import { problem } from '../core/problems';
import { checkOptions } from './option-file';
import type { ReplicatedMySQL } from './replicated-mysql';
import {
  CONNECTION,
  LOGS,
  OVERHEAD,
  OWN_CONNECTIONS,
  PERFORMANCE_SCHEMA,
  REPLICATION,
  bufferPool,
  connectionLimit,
  hasPerformanceSchema,
} from './mysql';

const POOL = 'innodb_buffer_pool_size';
const CONNECTIONS = 'max_connections';
const USER_CONNECTIONS = 'max_user_connections';

/**
 * Settings that a pair works by. They say where its agent finds things, how one server follows the other, and what is kept of a commit.
 * Both servers need the same data: nothing may be left out of the log, skipped, or kept in tables that a copy empties.
 */
const PAIRS = new Set([
  ...Object.keys(REPLICATION)
    .filter((name) => !(name in LOGS))
    .map(plainName),
  'bind_address',
  'binlog_do_db',
  'binlog_error_action',
  'binlog_format',
  'binlog_ignore_db',
  'datadir',
  'default_storage_engine',
  'init_file',
  'innodb_doublewrite',
  'innodb_force_recovery',
  'innodb_read_only',
  'networking',
  'offline_mode',
  'pid_file',
  'plugin_load',
  'port',
  'read_only',
  'replica_exec_mode',
  'replica_skip_errors',
  'report_host',
  'server_id',
  'socket',
  'tmpdir',
]);
/** Starts of names; a pair works by every setting with such a name. */
const PAIRS_PREFIXES = ['replicate_', 'rpl_semi_sync_'];

/** Records settings that a pair would not work with, for so much RAM of mysqld, in MiB. */
export function checkSettings(pair: ReplicatedMySQL, settings: Record<string, string>, mebibytes: number): void {
  checkOptions(pair, settings);
  const plain = Object.keys(settings).map(plainName);
  const twice = Object.keys(settings).find((_name, index) => plain.indexOf(plain[index] as string) !== index);
  if (twice !== undefined)
    problem(pair, `settings.${twice}`, settings[twice], 'it is there twice; leave one of them out');
  for (const [name, value] of Object.entries(settings)) {
    if (isPairs(name)) problem(pair, `settings.${name}`, value, 'a pair works by it; leave it out');
  }
  const [pool = '', most = ''] = [POOL, CONNECTIONS].map((name) => valueOf(settings, name));
  if (most !== '' && !/^[1-9]\d{0,5}$/.test(most))
    return problem(pair, `settings.${CONNECTIONS}`, most, 'write a whole number of connections');
  if (pool === '' && most === '') return;
  const connections = most === '' ? connectionLimit(mebibytes) : Math.max(0, Number(most) - OWN_CONNECTIONS);
  const own = OVERHEAD + (hasPerformanceSchema(mebibytes) ? PERFORMANCE_SCHEMA : 0) + connections * CONNECTION;
  if (own + (pool === '' ? bufferPool(mebibytes) : mebibytesOf(pool)) <= mebibytes) return;
  const why = `of ${mebibytes} MiB mysqld and ${connections} connections at work take ${own}, and the pool has the rest`;
  const [name, value] = pool === '' ? [CONNECTIONS, most] : [POOL, pool];
  const less = Number.isNaN(mebibytesOf(value)) ? "a number with K, M or G, such as '128M'" : 'less of it, or more ram';
  problem(pair, `settings.${name}`, value, `${why}; write ${less}`);
}

/** The longest statement in bytes that mysqld takes with these settings; none where it is MySQL's default. */
export function largestStatement(settings: Record<string, string>): number | undefined {
  const bytes = mebibytesOf(valueOf(settings, 'max_allowed_packet') ?? '') * 1024 ** 2;
  return Number.isFinite(bytes) ? bytes : undefined;
}

/** Connections that the site's programs may have, by the settings or else by the RAM of mysqld, in MiB. */
export function clientLimit(mebibytes: number, settings: Record<string, string> = {}): number {
  const [most, users] = [CONNECTIONS, USER_CONNECTIONS].map((name) => Number(valueOf(settings, name) ?? NaN));
  const left = Number.isInteger(most) ? Math.max(0, (most as number) - OWN_CONNECTIONS) : connectionLimit(mebibytes);
  return Number.isInteger(users) && Number(users) > 0 ? Math.min(users as number, left) : left;
}

/** A user's `max_connections` would be of no use beside an account's own limit that follows from the RAM. */
export function withUserConnections(mebibytes: number, settings: Record<string, string> = {}): Record<string, string> {
  const given = valueOf(settings, CONNECTIONS) !== undefined && valueOf(settings, USER_CONNECTIONS) === undefined;
  return given ? { ...settings, [USER_CONNECTIONS]: String(clientLimit(mebibytes, settings)) } : settings;
}

function isPairs(setting: string): boolean {
  const name = plainName(setting);
  const names = [name, name.replace(/^(skip|disable|enable)_/, '')];
  return names.some((each) => PAIRS.has(each) || PAIRS_PREFIXES.some((prefix) => each.startsWith(prefix)));
}

/** The name of a setting that MySQL takes in other forms, too: `GTID-mode`, `loose_gtid_mode`, `slave_skip_errors`. */
export function plainName(setting: string): string {
  return setting
    .toLowerCase()
    .replaceAll('-', '_')
    .replace(/^loose_/, '')
    .replaceAll('slave', 'replica')
    .replaceAll('master', 'source');
}

function valueOf(settings: Record<string, string>, name: string): string | undefined {
  return Object.entries(settings)
    .reverse()
    .find(([given]) => plainName(given) === name)?.[1];
}

/** A size as MySQL has it, `8G`; without a letter, in bytes. */
function mebibytesOf(size: string): number {
  const [, number, unit = ''] = /^(\d+)([KMGTPE]?)$/i.exec(size.trim()) ?? [];
  return (Number(number) * 1024 ** ' KMGTPE'.indexOf(unit.toUpperCase() || ' ')) / 1024 ** 2;
}
