# shellcheck shell=sh
# Starts HAProxy. On TERM it drops its connections; USR1 lets it finish. With certificates or users it runs under a master, which USR2 has
# start workers anew: the old ones finish what they have. So renewed certificates are shown without a restart, and new users let in.
: "${CONFIGURATION:=/etc/slices/balancer}" "${CERTIFICATES:=/etc/slices/tls}" "${LOOK_SECONDS:=10}"
: "${USERS:=/etc/slices/users}" "${RUN:=/run/haproxy}"
# shellcheck disable=SC3045
ulimit -n "$(ulimit -H -n)"
# The users of each Secret. A line that crypt(3) or HAProxy's configuration would misread is left out, and never shown.
users() {
  for file in "$USERS"/*/auth; do
    secret=${file%/auth}
    echo "userlist ${secret##*/}"
    tr -d '\r' <"$file" | awk -F: -v secret="${secret##*/}" '
      /^[ \t]*(#|$)/ { next }
      $1 ~ /^[A-Za-z0-9._@+-]+$/ && $2 ~ /^\$(2[aby]|5|6|y)\$[.\/A-Za-z0-9$=,]+$/ {
        if (!seen[$1]++) print "  user " $1 " password " $2
        next
      }
      { print "The Secret " secret " has a user that HAProxy cannot take, in line " NR ": write one as htpasswd -B does." >"/dev/stderr" }
    '
  done
}
watched() {
  cat "$CERTIFICATES"/tls.* "$CERTIFICATES"/*/tls.* "$USERS"/*/auth 2>/dev/null | cksum
}
set -- -db -f "$CONFIGURATION/haproxy.cfg"
if [ -d "$USERS" ]; then
  users >"$RUN/users.cfg"
  # Behind the other, as nothing global may follow a list of users.
  set -- "$@" -f "$RUN/users.cfg"
fi
{ [ -d "$CERTIFICATES" ] || [ -d "$USERS" ]; } && set -- -W "$@"
haproxy "$@" &
haproxy=$!
trap 'kill -USR1 $haproxy' TERM
if [ "$1" = -W ]; then
  (
    trap - TERM
    shown=$(watched)
    while sleep "$LOOK_SECONDS" && kill -0 $haproxy; do
      [ "$(watched)" = "$shown" ] && continue
      shown=$(watched)
      [ -d "$USERS" ] && users >"$RUN/users.cfg"
      kill -USR2 $haproxy
    done
  ) &
fi
wait $haproxy
wait $haproxy
