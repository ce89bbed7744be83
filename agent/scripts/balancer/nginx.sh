# shellcheck shell=sh
# Starts nginx. It asks for the address of the cluster's DNS, which no one knows at synth. On TERM nginx drops its requests, and QUIT lets
# it finish. Sockets of a killed nginx would be in its way.
#
# An image without the module `stream` serves without the front, and says so.
# shellcheck disable=SC3045
ulimit -n "$(ulimit -H -n)"
: "${RUN:=/run/nginx}" "${CONFIGURATION:=/etc/slices/balancer}"
mkdir -p "$RUN/marks"
rm -f "$RUN"/*.sock
sed -n 's/^nameserver \(.*\)/resolver \1 valid=2s ipv6=off;/p' /etc/resolv.conf | head -n 1 >"$RUN/resolver.conf"
configuration=$CONFIGURATION/nginx.conf
if nginx -t -c "$configuration" 2>&1 | grep -q 'unknown directive "stream"'; then
  echo 'This nginx lacks the module stream: one client can take all connections.' >&2
  sed -e '/^stream {/,/^}/d' -e "s#unix:$RUN/http.sock proxy_protocol#$HTTP_PORT#" \
    -e "s#unix:$RUN/https.sock ssl proxy_protocol#$HTTPS_PORT ssl#" "$configuration" >"$RUN/nginx.conf"
  configuration=$RUN/nginx.conf
fi
nginx -c "$configuration" -g 'daemon off;' &
nginx=$!
trap 'kill -QUIT $nginx' TERM
wait $nginx
wait $nginx
