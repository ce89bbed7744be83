# shellcheck shell=sh
# Starts the tracker once the database MOGILEFS_DB_NAME has MogileFS' tables, for without them it ends at once. The password is in the file alone,
# which is in memory.
: "${TRACKER_SETTINGS:=/run/mogilefs/mogilefsd.conf}"
trap 'exit 0' TERM
umask 077
cat >"$TRACKER_SETTINGS" <<END
db_dsn = DBI:mysql:$MOGILEFS_DB_NAME:host=$MOGILEFS_DB_HOST;port=$MOGILEFS_DB_PORT
db_user = $MOGILEFS_DB_USER
db_pass = $MOGILEFS_DB_PASSWORD
listen = 0.0.0.0:$TRACKER_PORT
query_jobs = $QUERY_JOBS
node_timeout = 2
conn_timeout = 1
END
# shellcheck disable=SC2016
has_tables='
  my $db = DBI->connect("DBI:mysql:$ENV{MOGILEFS_DB_NAME}:host=$ENV{MOGILEFS_DB_HOST};port=$ENV{MOGILEFS_DB_PORT};mysql_connect_timeout=5",
    $ENV{MOGILEFS_DB_USER}, $ENV{MOGILEFS_DB_PASSWORD}) or exit 1;
  exit !$db->selectrow_array("SELECT value FROM server_settings WHERE field = ?", undef, "schema_version");
'
until perl -MDBI -e "$has_tables" 2>/dev/null; do
  echo "waiting for MogileFS' tables in the database"
  sleep 2 &
  wait $!
done
exec mogilefsd --config="$TRACKER_SETTINGS"
