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
    return JobQueue::Client->new(
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
    # TheSchwartz says nothing of why it took no job; what it caught is still there.
    local $@ = '';
    return if client()->insert($job);
    my ($why) = map { $@ =~ $_ } qr/failed: (.+?) at \S+ line \d/s, qr/^(.+?)(?: at \S+ line \d.*)?$/m;
    # Both a job that is there already and a queue that cannot be reached give no handle.
    my $known = 'SELECT COUNT(*) FROM job JOIN funcmap USING (funcid) WHERE funcname = ? AND uniqkey = ?';
    return if defined $key && (dbh()->selectrow_array($known, undef, $function, $key))[0];
    die "the queue took no job of $function: " . ($why // 'it cannot be reached') . "\n";
}

sub dbh {
    return DBI->connect(dsn(), setting('USER'), setting('PASSWORD'), { RaiseError => 1, PrintError => 0 });
}

# TheSchwartz fetches fifty jobs to take one of them, each with its argument: fifty messages of 10 MiB are more than a worker has RAM
# for, so that none would ever be worked off. Here they come without, and the argument of the one that was taken is fetched then.
package JobQueue::Client;
use base 'TheSchwartz';

sub driver_for {
    my $driver = shift->SUPER::driver_for(@_);
    return bless $driver, 'JobQueue::Driver';
}

sub find_job_for_workers {
    local $JobQueue::Driver::without_argument = 1;
    return shift->SUPER::find_job_for_workers(@_);
}

sub _find_job_with_coalescing {
    local $JobQueue::Driver::without_argument = 1;
    return shift->SUPER::_find_job_with_coalescing(@_);
}

sub _grab_a_job {
    my ($self, $database, @jobs) = @_;
    local $JobQueue::Driver::without_argument = 0;
    my $job = $self->SUPER::_grab_a_job($database, @jobs) or return;
    my $whole = $self->driver_for($database)->lookup('TheSchwartz::Job' => $job->jobid) or return;
    $job->set_values_internal({ arg => $whole->arg });
    return $job;
}

package JobQueue::Driver;
use base 'Data::ObjectDriver::Driver::DBI';

our $without_argument = 0;

sub search {
    my ($self, $class, $terms, $options) = @_;
    my $columns = [ grep { $_ ne 'arg' } @{ $class->column_names } ];
    return $self->SUPER::search($class, $terms, { %{ $options // {} }, fetchonly => $columns })
        if $without_argument && $class eq 'TheSchwartz::Job';
    return $self->SUPER::search($class, $terms, $options);
}

1;
