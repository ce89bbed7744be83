package JobQueue;
# The job queue that the environment names: QUEUE_DB_HOST, QUEUE_DB_PORT (3306), QUEUE_DB_NAME, QUEUE_DB_USER,
# QUEUE_DB_PASSWORD. Where one is not set, the site's database is asked: DB_HOST, …
#
# Debian's DBD::mysql authenticates with caching_sha2_password, MySQL's default, but cannot do TLS: an account of MySQL
# that requires it refuses these programs.
use strict;
use warnings;
use DBI;
use TheSchwartz;

# A server that lost its power answers nothing: without these a program would wait for as long as the kernel does.
my $timeouts = 'mysql_connect_timeout=2;mysql_read_timeout=20;mysql_write_timeout=20';

sub setting {
    my ($what, $default) = @_;
    return $ENV{"QUEUE_DB_$what"} // $ENV{"DB_$what"} // $default // die "QUEUE_DB_$what is not set\n";
}

sub dsn {
    my ($name, $host, $port) = (setting('NAME'), setting('HOST'), setting('PORT', 3306));
    return "dbi:mysql:database=$name;host=$host;port=$port;$timeouts";
}

# TheSchwartz, which tries a database that failed again after a second and connects anew after ten, so that it finds the
# new primary after a failover.
sub client {
    my (%options) = @_;
    return TheSchwartz->new(
        databases => [ { dsn => dsn(), user => setting('USER'), pass => setting('PASSWORD') } ],
        retry_seconds => 1,
        driver_cache_expiration => 10,
        %options,
    );
}

# Puts a job into the queue. One with a key that is there already is not put there twice.
sub insert {
    my ($function, $arg, $key) = @_;
    my $job = TheSchwartz::Job->new(funcname => $function, arg => $arg, uniqkey => $key);
    return if client()->insert($job);
    # Both a job that is there already and a queue that cannot be reached give no handle.
    my $known = 'SELECT COUNT(*) FROM job JOIN funcmap USING (funcid) WHERE funcname = ? AND uniqkey = ?';
    return if defined $key && (dbh()->selectrow_array($known, undef, $function, $key))[0];
    die "the queue took no job of $function\n";
}

sub dbh {
    return DBI->connect(dsn(), setting('USER'), setting('PASSWORD'), { RaiseError => 1, PrintError => 0 });
}

1;
