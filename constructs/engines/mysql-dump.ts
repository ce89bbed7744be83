/** What the pods that back a pair up run beside the library's own program, with nothing of the image but MySQL and `bash`. */

/** Where the dump goes through, without ever being a file. */
export const PIPE = '/pipe/dump';
/** Where a restore test has its files. */
export const SCRATCH = '/scratch';

/** RAM of mysqldump, in MiB: it keeps one row at a time. */
export const DUMP_MEBIBYTES = 64;
/** RAM of the program that stores, in MiB: an upload has two parts of 8 MiB in memory beside Node's own 40. */
export const STORE_MEBIBYTES = 128;
/** RAM of the server of a restore test, in MiB: 165 without a pool (engines/mysql.ts), and a pool of 64. */
export const SCRATCH_MEBIBYTES = 384;

/** Dumps the databases as of one moment, without a lock but for a moment at the start. */
export function dumpScript(databases: string[]): string {
  return `set -eu
rm -f ${PIPE}
mkfifo -m 600 ${PIPE}
exec mysqldump --defaults-extra-file=<(printf '[client]\\npassword="%s"\\n' "$MYSQL_PASSWORD") \\
  --host="$MYSQL_HOST" --user="$MYSQL_USER" --ssl-mode=REQUIRED --single-transaction --set-gtid-purged=ON \\
  --routines --triggers --events --no-tablespaces --databases ${databases.join(' ')} > ${PIPE}
`;
}

/**
 * Restores into a server that nobody else can reach: the dump, then the logs as if they had been relayed to it, which keeps
 * every transaction what it was. Fails unless exactly the transactions that it should have are there; then counts rows.
 */
export const RESTORE_TEST = `set -eu
data=${SCRATCH}/data
socket=${SCRATCH}/mysqld.sock
settings=(--no-defaults --datadir=$data --socket=$socket --pid-file=$data.pid --tmpdir=${SCRATCH} --skip-networking --mysqlx=OFF
  --server-id=4000000001 --gtid-mode=ON --enforce-gtid-consistency=ON --performance-schema=OFF --innodb-buffer-pool-size=64M
  --skip-replica-start --relay-log=relay --relay-log-recovery=OFF --log-error-verbosity=1)
ask() { mysql --no-defaults --user=root --socket=$socket --batch --skip-column-names "$@"; }
begin() {
  mysqld "\${settings[@]}" &
  until ask -e 'DO 1' 2>/dev/null; do kill -0 $!; sleep 0.5; done
}
end() { mysqladmin --no-defaults --user=root --socket=$socket shutdown; wait; }
rm -rf $data
mysqld "\${settings[@]}" --initialize-insecure
begin
ask < ${SCRATCH}/backup/dump.sql
executed=$(< ${SCRATCH}/backup/executed)
if [ -s ${SCRATCH}/backup/relay.index ]; then
  end
  cp ${SCRATCH}/backup/relay.* $data/
  begin
  ask -e "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'nobody', RELAY_LOG_FILE = 'relay.000001', RELAY_LOG_POS = 4"
  ask -e 'START REPLICA SQL_THREAD'
  until [ "$(ask -e "SELECT WAIT_FOR_EXECUTED_GTID_SET('$executed', 5)")" = 0 ]; do
    mysql --no-defaults --user=root --socket=$socket -E -e 'SHOW REPLICA STATUS' | grep -q 'Replica_SQL_Running: Yes' || break
  done
fi
has=$(ask -e 'SELECT @@global.gtid_executed' | sed 's/\\\\n//g')
if [ "$(ask -e "SELECT GTID_SUBSET('$executed', '$has') AND GTID_SUBSET('$has', '$executed')")" != 1 ]; then
  echo "the backup gives $has, and should give $executed" >&2
  exit 1
fi
tables=$(ask -e "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables WHERE table_type = 'BASE TABLE'
  AND table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')")
for table in $tables; do echo "$table: $(ask -e "SELECT COUNT(*) FROM $table") rows"; done
[ -n "$tables" ] || { echo 'the backup has no table' >&2; exit 1; }
end
echo "restored: $has"
`;
