# Runs jobs for as long as it lives, once the wiki is installed.
cd /var/www/html
until php maintenance/run.php showJobs >/dev/null 2>&1; do sleep 2; done
exec php maintenance/run.php runJobs --wait
