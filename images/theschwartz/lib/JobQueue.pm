package JobQueue;
# The job queue that the environment names: DB_HOST, DB_PORT (3306), DB_NAME, DB_USER, DB_PASSWORD. Where the queue has
# a database of its own, QUEUE_DB_NAME names it.
#
# Debian's DBD::mysql authenticates with caching_sha2_password, MySQL's default, but cannot do TLS: an account of MySQL
# that requires it refuses these programs.
use strict;
use warnings;
use DBI;
use TheSchwartz;

# A server that lost its power answers nothing: without these a program would wait for as long as the kernel does.
my $timeouts = 'mysql_connect_timeout=2;mysql_read_timeout=20;mysql_write_timeout=20';

sub dsn {
    my $name = $ENV{QUEUE_DB_NAME} // $ENV{DB_NAME} // die "DB_NAME is not set\n";
    my $host = $ENV{DB_HOST} // die "DB_HOST is not set\n";
    my $port = $ENV{DB_PORT} // 3306;
    return "dbi:mysql:database=$name;host=$host;port=$port;$timeouts";
}

# TheSchwartz, which tries a database that failed again after a second and connects anew after ten, so that it finds the
# new primary after a failover.
sub client {
    my (%options) = @_;
    return TheSchwartz->new(
        databases => [ { dsn => dsn(), user => $ENV{DB_USER}, pass => $ENV{DB_PASSWORD} } ],
        retry_seconds => 1,
        driver_cache_expiration => 10,
        %options,
    );
}

sub dbh {
    return DBI->connect(dsn(), $ENV{DB_USER}, $ENV{DB_PASSWORD}, { RaiseError => 1, PrintError => 0 });
}

1;
