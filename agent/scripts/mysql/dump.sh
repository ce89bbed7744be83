# shellcheck shell=bash
# Dumps the databases MYSQL_DATABASES as of one moment, without a lock but for a moment at the start. The dump goes through a pipe, without
# ever being a file.
set -eu
pipe=${PIPE:-/pipe/dump}
read -ra databases <<<"$MYSQL_DATABASES"
rm -f "$pipe"
mkfifo -m 600 "$pipe"
exec mysqldump --defaults-extra-file=<(printf '[client]\npassword="%s"\n' "$MYSQL_PASSWORD") \
  --host="$MYSQL_HOST" --user="$MYSQL_USER" --ssl-mode=REQUIRED --single-transaction --set-gtid-purged=ON \
  --routines --triggers --events --no-tablespaces --databases "${databases[@]}" >"$pipe"
