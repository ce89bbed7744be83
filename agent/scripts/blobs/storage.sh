# shellcheck shell=sh
# Starts the storage node. An empty volume is new or replaced: a check of all files then copies back to it whatever the list says it had.
#
# Copies that could not be made while a slice was down are tried again when it is back, and every five minutes. By itself MogileFS waits
# longer after each failure, up to a day.
set -e
: "${DOCUMENT_ROOT:=/var/mogdata}"
# shellcheck disable=SC3028
device=$DOCUMENT_ROOT/dev${HOSTNAME##*-}
refill=$DOCUMENT_ROOT/refill
[ -d "$device" ] || {
  touch "$refill"
  mkdir "$device"
}
(
  # shellcheck disable=SC2016
  admin() {
    perl -MMogileFS::Admin -e 'my $admin = MogileFS::Admin->new(hosts => ["localhost:$ENV{TRACKER_PORT}"]);
      for (@ARGV) { $admin->$_ or exit 1 }' "$@" 2>/dev/null
  }
  while [ -e "$refill" ]; do
    sleep 5
    if admin fsck_stop fsck_reset fsck_start; then rm "$refill"; fi
  done
  # A tracker takes some seconds to see that a device is back.
  sleep 20
  while true; do
    admin replicate_now || echo "the tracker of this slice does not answer"
    sleep 300
  done
) &
exec mogstored --docroot="$DOCUMENT_ROOT" --httplisten="0.0.0.0:$STORAGE_PORT" --mgmtlisten="0.0.0.0:$SIDE_CHANNEL_PORT"
