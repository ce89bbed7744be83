# shellcheck shell=sh
# copy FOLDER PATH...: copies the paths of a folder to the files that a balancer serves, and no other file, such as the site's code.
# Files keep their time, by which browsers ask whether they have changed: it would be another on each slice.
set -e
: "${STATICS:=/srv/static}"
cd "$1"
shift
for path; do
  mkdir -p "$STATICS$(dirname "$path")"
  cp -RLp ".$path" "$STATICS$(dirname "$path")/"
done
