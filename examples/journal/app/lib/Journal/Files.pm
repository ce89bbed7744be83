package Journal::Files;
# Userpics, in whichever store the environment names: MogileFS by its trackers, or an S3 server.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use LWP::UserAgent;
use POSIX 'strftime';

# Compiled before Apache makes its workers, in an image that has it: one for S3 does without.
my $mogile = eval { require MogileFS::Client };

sub store {
    my ($name, $content) = @_;
    return _s3_put($name, $content) if $ENV{MOG_S3_ENDPOINT};
    return mogile()->store_content($name, 'userpics', $content) || die "the trackers took no $name\n";
}

# Where a balancer fetches a file from; none where it is not there.
sub urls {
    my ($name) = @_;
    return _s3_url($name) if $ENV{MOG_S3_ENDPOINT};
    my ($paths) = Journal::cached($name, sub {
        my @found = mogile()->get_paths($name, { noverify => 1 });
        return @found ? \@found : undef;
    });
    return @{ $paths // [] };
}

sub mogile {
    die "this image has no MogileFS::Client\n" unless $mogile;
    my @trackers = split /,/, $ENV{MOG_TRACKERS} // '';
    return MogileFS::Client->new(domain => $ENV{MOG_DOMAIN} // 'journal', hosts => \@trackers, timeout => 3);
}

# Amazon's signature, version 4, of a request with these headers.
sub _signature {
    my ($method, $path, $query, $headers, $payload, $time) = @_;
    my $day = substr $time, 0, 8;
    my @names = sort keys %$headers;
    my $request = join "\n", $method, $path, $query, (map { "$_:$headers->{$_}" } @names), '', join(';', @names), $payload;
    my $scope = "$day/$ENV{MOG_S3_REGION}/s3/aws4_request";
    my $key = "AWS4$ENV{MOG_SECRET_KEY}";
    $key = hmac_sha256($_, $key) for split m{/}, $scope;
    return hmac_sha256_hex(join("\n", 'AWS4-HMAC-SHA256', $time, $scope, sha256_hex($request)), $key);
}

sub _now { return strftime('%Y%m%dT%H%M%SZ', gmtime) }

sub _host { return $ENV{MOG_S3_ENDPOINT} =~ s{^http://}{}r }

sub _path { my ($name) = @_; return "/$ENV{MOG_BUCKET}/" . $name =~ s/:/-/gr }

sub _s3_put {
    my ($name, $content) = @_;
    my ($time, $path) = (_now(), _path($name));
    my %headers = (host => _host(), 'x-amz-content-sha256' => sha256_hex($content), 'x-amz-date' => $time);
    my $signature = _signature('PUT', $path, '', \%headers, $headers{'x-amz-content-sha256'}, $time);
    my $credential = "$ENV{MOG_ACCESS_KEY}/" . substr($time, 0, 8) . "/$ENV{MOG_S3_REGION}/s3/aws4_request";
    my $names = join ';', sort keys %headers;
    my $authorization = "AWS4-HMAC-SHA256 Credential=$credential, SignedHeaders=$names, Signature=$signature";
    my $answer = LWP::UserAgent->new(timeout => 5)
        ->put("$ENV{MOG_S3_ENDPOINT}$path", %headers, Authorization => $authorization, Content => $content);
    die "$name: the store answered " . $answer->status_line . "\n" unless $answer->is_success;
    return 1;
}

# Good for an hour.
sub _s3_url {
    my ($name) = @_;
    my ($time, $path) = (_now(), _path($name));
    my $credential = "$ENV{MOG_ACCESS_KEY}/" . substr($time, 0, 8) . "/$ENV{MOG_S3_REGION}/s3/aws4_request";
    my $query = join '&', 'X-Amz-Algorithm=AWS4-HMAC-SHA256', 'X-Amz-Credential=' . $credential =~ s{/}{%2F}gr,
        "X-Amz-Date=$time", 'X-Amz-Expires=3600', 'X-Amz-SignedHeaders=host';
    my $signature = _signature('GET', $path, $query, { host => _host() }, 'UNSIGNED-PAYLOAD', $time);
    return "$ENV{MOG_S3_ENDPOINT}$path?$query&X-Amz-Signature=$signature";
}

1;
