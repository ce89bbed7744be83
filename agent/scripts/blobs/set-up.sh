# shellcheck shell=sh
# Makes the tables, and registers missing entries. Existing entries are brought to the state written, but for the status of hosts and
# devices, which is the operator's to change. A host's address is that of its slice's Service, which stays: MogileFS takes no names.
set -e
until mogdbsetup --yes --dbname="$MOGILEFS_DB_NAME" --dbhost="$MOGILEFS_DB_HOST" --dbport="$MOGILEFS_DB_PORT" \
  --dbuser="$MOGILEFS_DB_USER" --dbpassword="$MOGILEFS_DB_PASSWORD"; do sleep 2; done
admin() { mogadm --trackers="$TRACKERS" "$@"; }
until admin domain list; do sleep 2; done
echo "$SLICES" | while read -r name service device; do
  address=$(getent ahostsv4 "$service" | {
    read -r first _
    echo "$first"
  })
  admin host list | grep "^$name " >/dev/null || admin host add "$name" --ip="$address" --port="$STORAGE_PORT" --status=alive
  admin host modify "$name" --ip="$address" --port="$STORAGE_PORT"
  admin device list --all | grep "dev$device:" >/dev/null || admin device add "$name" "$device"
done
pattern=$(echo "$DOMAIN" | sed 's/[.]/[.]/g')
admin domain list | grep "^ *$pattern " >/dev/null || admin domain add "$DOMAIN"
echo "$CLASSES" | while read -r name copies; do
  [ -n "$name" ] || continue
  admin class add "$DOMAIN" "$name" --mindevcount="$copies" || admin class modify "$DOMAIN" "$name" --mindevcount="$copies"
done
