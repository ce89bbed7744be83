# shellcheck shell=bash
# Restores into a server that nobody else can reach: first the dump, then the logs as if they had been relayed to it. So every transaction
# stays the same. Fails unless exactly the transactions that it should have are there: `$has`. The pair's own notes in `slices` are no part
# of a dump, so their entries in the logs are left out.
#
# restore DATA BACKUP FOLDER OPTIONS...: the folder of the new server's data, of which existing files are removed; that of the fetched files;
# that of its socket and temporary files; and the set-up of the server.
set -eu

ask() { mysql --no-defaults --user=root --host=localhost --socket="$socket" --batch --skip-column-names "$@"; }

begin() {
  mysqld "${settings[@]}" &
  until ask -e 'DO 1' 2>/dev/null; do
    kill -0 $!
    sleep 0.5
  done
}

end() {
  mysqladmin --no-defaults --user=root --host=localhost --socket="$socket" shutdown
  wait
}

restore() {
  local data=$1 backup=$2 folder=$3 executed
  shift 3
  socket=$folder/restore.sock
  settings=("$@" --datadir="$data" --socket="$socket" --pid-file="$data.pid" --tmpdir="$folder" --skip-networking
    --mysqlx=OFF --performance-schema=OFF --sync-binlog=0 --innodb-flush-log-at-trx-commit=0 --skip-replica-start
    --relay-log=relay --relay-log-recovery=OFF --replicate-wild-ignore-table=slices.% --log-error-verbosity=1)
  rm -rf "$data"
  mysqld "${settings[@]}" --initialize-insecure
  begin
  ask <"$backup/dump.sql"
  executed=$(<"$backup/executed")
  if [ -s "$backup/relay.index" ]; then
    end
    cp "$backup"/relay.* "$data/"
    begin
    ask -e "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'nobody', RELAY_LOG_FILE = 'relay.000001', RELAY_LOG_POS = 4"
    ask -e 'START REPLICA SQL_THREAD'
    until [ "$(ask -e "SELECT WAIT_FOR_EXECUTED_GTID_SET('$executed', 5)")" = 0 ]; do
      mysql --no-defaults --user=root --host=localhost --socket="$socket" -E -e 'SHOW REPLICA STATUS' |
        grep -q 'Replica_SQL_Running: Yes' || break
    done
    ask -e 'STOP REPLICA; RESET REPLICA ALL'
  fi
  has=$(ask -e 'SELECT @@global.gtid_executed' | sed 's/\\n//g')
  if [ "$(ask -e "SELECT GTID_SUBSET('$executed', '$has') AND GTID_SUBSET('$has', '$executed')")" != 1 ]; then
    echo "the backup gives $has, and should give $executed" >&2
    exit 1
  fi
}
