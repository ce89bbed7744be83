# shellcheck shell=bash
# Restores into a scratch server, and counts its rows. It comes after restore.sh.
: "${SCRATCH:=/scratch}"
restore "$SCRATCH/data" "$SCRATCH/backup" "$SCRATCH" \
  --no-defaults --server-id=4000000001 --gtid-mode=ON --enforce-gtid-consistency=ON --innodb-buffer-pool-size=64M
tables=$(ask -e "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables WHERE table_type = 'BASE TABLE'
  AND table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')")
for table in $tables; do echo "$table: $(ask -e "SELECT COUNT(*) FROM $table") rows"; done
[ -n "$tables" ] || {
  echo 'the backup has no table' >&2
  exit 1
}
end
# shellcheck disable=SC2154
echo "restored: $has"
