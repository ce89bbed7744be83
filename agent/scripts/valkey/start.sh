# shellcheck shell=bash
# Starts valkey-server, with nothing of the image but `bash`, `valkey-server` and the tools that every image has.
#
# - A volume has an identifier, made with it, by which the Lease names the server.
# - The accounts are written at every start, as passwords may have been replaced. They are hashes: no character needs a quote.
# - The server starts as a replica of nobody and takes no writes until its agent says so. A killed server is started again at once: the
#   kubelet would wait longer each time.
# - A server that is told to stop has answered nothing that is not in its log.
set -eu
: "${DATA:=/data}" "${RUN:=/run/valkey}" "${SECRETS:=/secrets}" "${SETTINGS:=/etc/slices}"
fence=$RUN/agent

hashes() {
  local key text
  for key in password password-before; do
    [ -s "$SECRETS/$1/$key" ] || continue
    text=$(<"$SECRETS/$1/$key")
    text=$(printf '%s' "$text" | sha256sum)
    printf ' #%s' "${text%% *}"
  done
}

accounts() {
  echo "user default on$(hashes default) ~* &* +@all -@admin +role"
  echo "user internal on$(hashes internal) ~* &* +@all"
}

server=
stopping=
# shellcheck disable=SC2317
stop() {
  stopping=1
  [ -z "$server" ] || kill "$server" || :
}
trap stop TERM

mkdir -p "$DATA/data"
if [ ! -s "$DATA/data/id" ]; then
  cp /proc/sys/kernel/random/uuid "$DATA/data/id.new"
  mv "$DATA/data/id.new" "$DATA/data/id"
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
      echo "the agent has not said for too long that this server is the active one: killing valkey-server" >&2
      rm -f "$fence/active-until" "$fence/ready"
      kill -9 "$(<"$RUN/valkey.pid")" || :
    fi
  done
}
rm -f "$fence/active-until" "$fence/ready"
watch &
code=0
while [ -z "$stopping" ]; do
  (
    umask 077
    accounts >"$RUN/users.acl"
  )
  valkey-server "$SETTINGS/valkey.conf" &
  server=$!
  echo "$server" >"$RUN/valkey.pid"
  [ -z "$stopping" ] || stop
  # A signal ends a wait, not the server.
  wait $server || :
  while kill -0 $server 2>/dev/null; do wait $server || :; done
  wait $server && code=0 || code=$?
  [ $code = 137 ] || exit $code
done
exit $code
