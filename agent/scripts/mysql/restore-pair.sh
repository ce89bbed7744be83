# shellcheck shell=bash
# Makes the data of a new pair's first server from the fetched files; does nothing where there are none. It comes after restore.sh.
: "${DATA:=/var/lib/mysql}" "${SETTINGS:=/etc/slices}"
[ -f "$DATA/fetched/executed" ] || exit 0
mkdir -p "$DATA/tmp"
restore "$DATA/new" "$DATA/fetched" "$DATA/tmp" \
  --defaults-file="$SETTINGS/my.cnf" --super-read-only=OFF --read-only=OFF --server-id=1
end
# shellcheck disable=SC2154
echo "$has" >"$DATA/restored"
mv "$DATA/new" "$DATA/data"
rm -rf "$DATA/fetched"
echo "restored: $has"
