import { DATA, SETTINGS } from '../mysql';

/** The scripts of the pods that back a pair up, beside the library's own program. They need nothing of the image but MySQL and `bash`. */

/** The pipe that the dump goes through, without ever being a file. */
export const PIPE = '/pipe/dump';
/** The folder of a restore test's files. */
export const SCRATCH = '/scratch';

/** RAM of mysqldump, in MiB: it keeps one row at a time. */
export const DUMP_MEBIBYTES = 64;
/** RAM of the program that stores, in MiB: an upload has two parts of 8 MiB in memory beside Node's own 40. */
export const STORE_MEBIBYTES = 128;
/** RAM of the server of a restore test, in MiB: 165 without a pool (mysql.ts), and a pool of 64. */
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

/** The folders of a restore, and the set-up of its server. */
interface Restoring {
  /** The new server's data: existing files are removed. */
  readonly data: string;
  /** Files fetched from the store. */
  readonly backup: string;
  /** For the socket and temporary files. */
  readonly folder: string;
  readonly options: string;
}

/**
 * Restores into a server that nobody else can reach: first the dump, then the logs as if they had been relayed to it. So every transaction
 * stays the same. Fails unless exactly the transactions that it should have are there: `$has`. The pair's own notes in `slices` are no part
 * of a dump, so their entries in the logs are left out.
 */
function restoring({ data, backup, folder, options }: Restoring): string {
  return `set -eu
data=${data}
backup=${backup}
socket=${folder}/restore.sock
settings=(${options} --datadir=$data --socket=$socket --pid-file=$data.pid --tmpdir=${folder} --skip-networking
  --mysqlx=OFF --performance-schema=OFF --sync-binlog=0 --innodb-flush-log-at-trx-commit=0 --skip-replica-start
  --relay-log=relay --relay-log-recovery=OFF --replicate-wild-ignore-table=slices.% --log-error-verbosity=1)
ask() { mysql --no-defaults --user=root --host=localhost --socket=$socket --batch --skip-column-names "$@"; }
begin() {
  mysqld "\${settings[@]}" &
  until ask -e 'DO 1' 2>/dev/null; do kill -0 $!; sleep 0.5; done
}
end() { mysqladmin --no-defaults --user=root --host=localhost --socket=$socket shutdown; wait; }
rm -rf $data
mysqld "\${settings[@]}" --initialize-insecure
begin
ask < $backup/dump.sql
executed=$(< $backup/executed)
if [ -s $backup/relay.index ]; then
  end
  cp $backup/relay.* $data/
  begin
  ask -e "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'nobody', RELAY_LOG_FILE = 'relay.000001', RELAY_LOG_POS = 4"
  ask -e 'START REPLICA SQL_THREAD'
  until [ "$(ask -e "SELECT WAIT_FOR_EXECUTED_GTID_SET('$executed', 5)")" = 0 ]; do
    mysql --no-defaults --user=root --host=localhost --socket=$socket -E -e 'SHOW REPLICA STATUS' | grep -q 'Replica_SQL_Running: Yes' || break
  done
  ask -e 'STOP REPLICA; RESET REPLICA ALL'
fi
has=$(ask -e 'SELECT @@global.gtid_executed' | sed 's/\\\\n//g')
if [ "$(ask -e "SELECT GTID_SUBSET('$executed', '$has') AND GTID_SUBSET('$has', '$executed')")" != 1 ]; then
  echo "the backup gives $has, and should give $executed" >&2
  exit 1
fi
`;
}

const SCRATCH_OPTIONS =
  '--no-defaults --server-id=4000000001 --gtid-mode=ON --enforce-gtid-consistency=ON --innodb-buffer-pool-size=64M';

/** Restores into a scratch server, and counts its rows. */
export const RESTORE_TEST = `${restoring({
  data: `${SCRATCH}/data`,
  backup: `${SCRATCH}/backup`,
  folder: SCRATCH,
  options: SCRATCH_OPTIONS,
})}tables=$(ask -e "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables WHERE table_type = 'BASE TABLE'
  AND table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')")
for table in $tables; do echo "$table: $(ask -e "SELECT COUNT(*) FROM $table") rows"; done
[ -n "$tables" ] || { echo 'the backup has no table' >&2; exit 1; }
end
echo "restored: $has"
`;

/** Files fetched for a new pair, until it has them. */
export const FETCHED = `${DATA}/fetched`;
/** The set of transactions that a new pair was restored with: with these, and no others, its first server may begin. */
export const RESTORED = `${DATA}/restored`;

/** Makes the data of a new pair's first server from the fetched files; does nothing where there are none. */
export const RESTORE_PAIR = `[ -f ${FETCHED}/executed ] || exit 0
mkdir -p ${DATA}/tmp
${restoring({
  data: `${DATA}/new`,
  backup: FETCHED,
  folder: `${DATA}/tmp`,
  options: `--defaults-file=${SETTINGS}/my.cnf --super-read-only=OFF --read-only=OFF --server-id=1`,
})}end
echo "$has" > ${RESTORED}
mv ${DATA}/new ${DATA}/data
rm -rf ${FETCHED}
echo "restored: $has"
`;
