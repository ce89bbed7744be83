import { App, Size } from 'cdk8s';
import { CachePool, JobWorkers, Site } from '../../constructs';

/** The client of the first site's language; what it dies of is an error, what it does not find a miss. */
const CLIENT = `use strict;
use warnings;
use Cache::Memcached;
my ($what, $servers, $number, $seconds) = @ARGV;
# It would put what belongs to a server that it does not reach yet on another, where nobody looks for it.
my $cache = Cache::Memcached->new({ servers => [split /,/, $servers], no_rehash => 1 });
my ($hits, $misses, $errors, $end) = (0, 0, 0, time + ($seconds // 0));
do {
    for my $key (1 .. $number) {
        my $found = eval { $what eq 'set' ? $cache->set("key:$key", $key) : $cache->get("key:$key") };
        $@ ? $errors++ : $found ? $hits++ : $misses++;
    }
} while (time < $end);
print "$hits $misses $errors";
`;

/** Fills a server with its smallest items, then holds all its connections busy with answers that are not read. */
const FILL = `use strict;
use warnings;
use IO::Socket::INET;
my ($host, $connections) = @ARGV;
sub server { IO::Socket::INET->new(PeerAddr => $host, PeerPort => 11211, Timeout => 5) or die "connect: $!" }
my $server = server();
my ($number, $evictions) = (0, 0);
until ($evictions > 1000) {
    print $server map { $number++; "set t$number 0 0 2 noreply\\r\\nxx\\r\\n" } 1 .. 20_000;
    print $server "stats\\r\\n";
    while (<$server>) { last if /^END/; $evictions = $1 if /^STAT evictions (\\d+)/ }
}
my @busy = map { my $busy = server(); print $busy 'get ', join(' ', map { 't' . ($number - $_) } 1 .. 200), "\\r\\n"; $busy->flush; $busy } 1 .. $connections;
sleep 5;
print $server "get t$number\\r\\n";
print scalar(@busy), ' ', scalar <$server>;
`;

const app = new App();
const site = new Site(app, 'cache-e2e', { domain: 'example.org' });
const pool = new CachePool(site, 'memc', {
  slices: Number(process.env['SLICES'] ?? 2),
  ram: Size.mebibytes(128),
  largestItem: Size.kibibytes(Number(process.env['LARGEST'] ?? 1024)),
});
new JobWorkers(site, 'client', {
  ram: Size.mebibytes(64),
  uses: [pool],
  files: { '/site/client.pl': CLIENT, '/site/fill.pl': FILL },
  // The list stays, so that the client is not rolled out when the pool grows.
  workers: [{ name: 'client', command: ['sleep', 'infinity'], environment: { MEMC_SERVERS: 'given by the test' } }],
});

app.synth();
