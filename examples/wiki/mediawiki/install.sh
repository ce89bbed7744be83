# Makes the wiki's tables and its first user, or brings the tables of an older version up to date. It can be run again.
set -eu
cd /var/www/html

answers='try { new mysqli(getenv("DB_HOST"), getenv("DB_USER"), getenv("DB_PASSWORD"), getenv("DB_NAME")); }
catch (mysqli_sql_exception $e) { fwrite(STDERR, $e->getMessage() . "\n"); exit(1); }'
until php -r "$answers"; do sleep 2; done

printf %s "$DB_PASSWORD" >/tmp/database-password
printf %s "$WIKI_ADMIN_PASSWORD" >/tmp/admin-password
# The installer works only where there are no settings yet; those that it writes are not used.
MW_CONFIG_FILE=/tmp/none php maintenance/run.php install --confpath=/tmp \
  --dbtype=mysql --dbserver="$DB_HOST:$DB_PORT" --dbname="$DB_NAME" --dbuser="$DB_USER" \
  --dbpassfile=/tmp/database-password \
  --passfile=/tmp/admin-password --server="$WIKI_URL" --scriptpath= Wiki Admin
php maintenance/run.php update --quick
# In the database, where every slice finds it: a new slice would take seconds of CPU to make one of its own.
php maintenance/run.php rebuildLocalisationCache --lang=en --quiet
