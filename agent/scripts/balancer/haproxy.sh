# shellcheck shell=sh
# Starts HAProxy. On TERM it drops its connections; USR1 lets it finish. With certificates it runs under a master, which USR2 has start
# workers anew: the old ones finish what they have. So renewed certificates are shown without a restart.
: "${CONFIGURATION:=/etc/slices/balancer}" "${CERTIFICATES:=/etc/slices/tls}" "${LOOK_SECONDS:=10}"
# shellcheck disable=SC3045
ulimit -n "$(ulimit -H -n)"
[ -d "$CERTIFICATES" ] && master=-W
haproxy ${master:+"$master"} -db -f "$CONFIGURATION/haproxy.cfg" &
haproxy=$!
trap 'kill -USR1 $haproxy' TERM
certificates() {
  cat "$CERTIFICATES"/tls.* "$CERTIFICATES"/*/tls.* 2>/dev/null | cksum
}
if [ -n "$master" ]; then
  (
    trap - TERM
    shown=$(certificates)
    while sleep "$LOOK_SECONDS" && kill -0 $haproxy; do
      [ "$(certificates)" = "$shown" ] && continue
      shown=$(certificates)
      kill -USR2 $haproxy
    done
  ) &
fi
wait $haproxy
wait $haproxy
