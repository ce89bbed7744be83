# shellcheck shell=bash
# Starts mysqld, with nothing of the image but `bash`, `mysqld` and the tools that every image has.
#
# - An empty volume is initialized beside its place and then moved: a half is never taken for a whole.
# - Accounts and databases are made, and passwords renewed, at every start of mysqld. Each server does so by itself, outside the binary
#   log: an entry that only one server had in its log would keep it from following the other. The passwords are files, as they may have
#   been replaced since the container was started.
# - mysqld ends with 16 to be started again, as it does after it has cloned. A killed mysqld is started again, too: the kubelet would wait
#   longer each time.
# - A mysqld that is told to stop lets go the commits that wait for the replica. Their clients get an OK for a commit that only this server
#   has (measured on 9.7.4: 8 of 8 within 0.4 s of SIGTERM). So SIGTERM is passed on only while the file `refuses` is there. Its agent
#   makes the file once this server refuses writes and has closed its clients' connections, and takes it away before it opens. Without the
#   file mysqld is killed, which no client takes for an OK, and recovers when it starts. The rename lets only one of the two have the file:
#   an agent that finds it gone does not open.
set -eu
: "${DATA:=/var/lib/mysql}" "${RUN:=/run/mysqld}" "${SECRETS:=/secrets}" "${SETTINGS:=/etc/slices}"
fence=$RUN/agent
name=${HOSTNAME%-*}
number=${HOSTNAME##*-}
# shellcheck source=agent/scripts/mysql/accounts.sh
. "$SETTINGS/accounts.sh"

secret() { [ ! -e "$SECRETS/$1/$2" ] || cat "$SECRETS/$1/$2"; }
# shellcheck disable=SC2034
passwords() {
  password=$(secret "$1" password)
  before=$(secret "$1" password-before)
}

stopping=
mysqld=
# shellcheck disable=SC2317
stop() {
  stopping=1
  [ -n "$mysqld" ] || return 0
  if [ -e "$fence/stopping" ] || mv -f "$fence/refuses" "$fence/stopping" 2>/dev/null; then
    kill "$mysqld" || :
  else
    echo "this server may take writes: it is killed, as a stop would acknowledge what only it has" >&2
    kill -9 "$mysqld" || :
  fi
}
trap stop TERM

mkdir -p "$DATA/tmp"
rm -rf "${DATA:?}/tmp"/*
if [ ! -d "$DATA/data" ]; then
  rm -rf "$DATA/new"
  mysqld --defaults-file="$SETTINGS/my.cnf" --datadir="$DATA/new" --initialize-insecure
  mv "$DATA/new" "$DATA/data"
fi

watch() {
  local until now never
  exec {never}<> <(:)
  while :; do
    read -rt 0.2 -u "$never" || :
    [ -f "$fence/active-until" ] || continue
    { read -r until <"$fence/active-until" && read -r now _ </proc/uptime; } || continue
    now=${now%.*}${now#*.}
    if [ "${until:-$now}" -lt "$now" ]; then
      echo "the agent has not said for too long that this server is the active one: ending mysqld" >&2
      rm -f "$fence/active-until" "$fence/ready"
      kill -9 "$(<"$RUN/mysqld.pid")" || :
    fi
  done
}
rm -f "$fence/active-until" "$fence/ready" "$fence/restored"
[ ! -f "$DATA/restored" ] || cp "$DATA/restored" "$fence/restored"
watch &
export MYSQLD_PARENT_PID=$$
code=0
while [ -z "$stopping" ]; do
  # Of the mysqld before: this one's agent has not said anything yet.
  rm -f "$fence/refuses" "$fence/stopping"
  (
    umask 077
    statements <"$SETTINGS/init.sql" >"$RUN/init.sql"
  )
  mysqld --defaults-file="$SETTINGS/my.cnf" --init-file="$RUN/init.sql" --server-id="$number" \
    --report-host="$(printf '%s%02d' "$name" "$number")" &
  mysqld=$!
  [ -z "$stopping" ] || stop
  # A signal ends a wait, not mysqld.
  wait $mysqld || :
  while kill -0 $mysqld 2>/dev/null; do wait $mysqld || :; done
  wait $mysqld && code=0 || code=$?
  [ $code = 16 ] || [ $code = 137 ] || exit $code
done
exit $code
