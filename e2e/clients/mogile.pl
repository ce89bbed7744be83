# A user of MogileFS: `store N`, `check N`, `probe SECONDS`, which reads and writes all the time, or `point KEY`, where a file is.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 sha256_hex);
use MogileFS::Client;
use Time::HiRes qw(sleep time);

my ($what, $number) = @ARGV;
my $client = MogileFS::Client->new(domain => $ENV{MOG_DOMAIN}, hosts => [split /,/, $ENV{MOG_TRACKERS}]);
my %tally = map { $_ => { began => time, done => 0, failed => 0, worst => 0 } } qw(reads writes);

# 30 kB that follow from the key, as a picture would have.
sub content { my $key = shift; join '', map { substr hmac_sha256($_, $key), 0, 30 } 0 .. 999 }

sub timed {
    my ($tally, $work) = @_;
    my $start = time;
    $tally->{done}++;
    unless (eval { $work->() }) {
        $tally->{failed}++;
        $tally->{lastFailure} = sprintf('%.1f', time - $tally->{began}) + 0;
    }
    my $took = time - $start;
    $tally->{worst} = sprintf('%.3f', $took) + 0 if $took > $tally->{worst};
}

sub reading {
    my $key = shift;
    timed($tally{reads}, sub { my $data = $client->get_file_data($key, 5); $data && $$data eq content($key) });
}

sub writing {
    my $key = shift;
    timed($tally{writes}, sub { $client->store_content($key, 'userpics', content($key)) });
}

if ($what eq 'point') {
    my ($path) = $client->get_paths($number);
    $path =~ s{^http://}{};
    print qq({"at":"$path","sha256":"), sha256_hex(content($number)), qq("}\n);
    exit;
}
if ($what eq 'store') { writing("f$_") for 0 .. $number - 1 }
elsif ($what eq 'check') { reading("f$_") for 0 .. $number - 1 }
elsif ($what eq 'probe') {
    my $end = time + $number;
    while (time < $end) {
        reading('f' . int rand 20);
        writing("p$tally{writes}{done}");
        sleep 0.1;
    }
}

my $figures = sub {
    my $of = shift;
    join ',', map { qq("$_":$of->{$_}) } grep { defined $of->{$_} } qw(done failed worst lastFailure);
};
print '{', join(',', map { qq("$_":{) . $figures->($tally{$_}) . '}' } sort keys %tally), "}\n";
