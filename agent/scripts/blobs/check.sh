# shellcheck shell=sh
# Checks all files. The log is cleared before, not after, so that a check's findings stand there until the next. A check that a slice began,
# as its volume was replaced, is left to end. A tracker that does not answer for a while is asked again.
set -e
admin() { mogadm --trackers="$TRACKERS" "$@"; }
wait_for_its_end() { until admin fsck status | grep 'Running: No' >/dev/null; do sleep 10; done; }
wait_for_its_end
admin fsck clearlog
admin fsck reset
admin fsck start
wait_for_its_end
admin fsck printlog
admin fsck status
