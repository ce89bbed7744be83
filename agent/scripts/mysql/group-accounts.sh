# shellcheck shell=bash
# Makes the databases and accounts of programs on the server of a group that takes writes, as its administrator; the others follow. It
# waits for that server, and can be run again at any time. It comes after accounts.sh, and has the statements in STATEMENTS.
set -eu
# shellcheck disable=SC2034
passwords() {
  local earlier=${1}_BEFORE
  password=${!1}
  before=${!earlier:-}
}

ask() {
  # shellcheck disable=SC2153
  mysql --defaults-extra-file=<(printf '[client]\nuser=root\npassword="%s"\n' "$ROOT_PASSWORD") \
    --host="$MYSQL_HOST" --ssl-mode=REQUIRED
}

until echo 'DO 0' | ask; do sleep 2; done
statements <<<"$STATEMENTS" | ask
