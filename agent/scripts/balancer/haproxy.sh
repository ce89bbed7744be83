# shellcheck shell=sh
# Starts HAProxy. On TERM it drops its connections; USR1 lets it finish.
: "${CONFIGURATION:=/etc/slices/balancer}"
# shellcheck disable=SC3045
ulimit -n "$(ulimit -H -n)"
haproxy -db -f "$CONFIGURATION/haproxy.cfg" &
haproxy=$!
trap 'kill -USR1 $haproxy' TERM
wait $haproxy
wait $haproxy
