package Journal;
# What the pages and the workers share: the database, the cache and the queue that the environment names.
use strict;
use warnings;
use Cache::Memcached;
use DBI;
use JobQueue;

# Errors after which another connection may do: the server is gone, or has become the replica of a pair, which takes no clients for a
# moment (3032), or its name could not be looked up, as half of them cannot for a while where one of two servers of the cluster's
# DNS is lost.
my %ELSEWHERE = map { $_ => 1 } 1053, 1290, 1836, 2002, 2003, 2005, 2006, 2013, 3032;

my $dbh;

# Does something with the database. Where the server turns out to be of no use, waits for another to take its place: a pair
# takes seconds over that. What was done just before the connection ended may be done twice.
sub db {
    my ($work) = @_;
    my $end = time + 8;
    while (1) {
        my @result;
        return wantarray ? @result : $result[0] if eval { @result = $work->(_connect()); 1 };
        my $error = $@;
        die $error unless $ELSEWHERE{ $DBI::err // 0 } && time < $end;
        $dbh = undef;
        select undef, undef, undef, 0.2;
    }
}

sub _connect {
    return $dbh if $dbh && $dbh->{Active};
    my $port = $ENV{DB_PORT} // 3306;
    my $dsn = "dbi:mysql:database=$ENV{DB_NAME};host=$ENV{DB_HOST};port=$port"
        . ';mysql_connect_timeout=2;mysql_read_timeout=5;mysql_write_timeout=5';
    my %options = (RaiseError => 1, PrintError => 0, mysql_enable_utf8mb4 => 1);
    return $dbh = DBI->connect($dsn, $ENV{DB_USER}, $ENV{DB_PASSWORD}, \%options);
}

my $cache;

sub cache {
    return $cache //= Cache::Memcached->new({ servers => [ split /,/, $ENV{MEMC_SERVERS} // '' ] });
}

# The cached value of a key, or the one that is made. A cache that cannot be asked, or whose name does not even resolve
# (at which the client dies), is a miss.
sub cached {
    my ($key, $make) = @_;
    my $value = eval { cache()->get($key) };
    return ($value, 1) if defined $value;
    $value = $make->();
    eval { cache()->set($key, $value, 300) } if defined $value;
    return ($value, 0);
}

sub forget {
    my ($key) = @_;
    eval { cache()->delete($key) };
    return;
}

# Puts a job into the queue, or dies; not a second one of the same key.
sub queue {
    my ($worker, $arg, $key) = @_;
    return JobQueue::insert("Journal::Worker::$worker", $arg, $key);
}

1;
