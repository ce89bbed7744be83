# Refuses a request whose body is announced to be larger than LARGEST_BODY bytes, before any of it is read: Perlbal by itself
# bounds chunked bodies alone.
package Perlbal::Plugin::Body;
use strict;
use warnings;

sub load { 1 }
sub unload { 1 }
sub unregister { $_[1]->unregister_hooks('Body') }

sub register {
    my (undef, $service) = @_;
    my $largest = $ENV{LARGEST_BODY} or die "LARGEST_BODY is not set\n";
    $service->register_hook('Body', 'start_proxy_request', sub {
        my ($client) = @_;
        my $headers = $client->{req_headers};
        return 0 unless ($headers->content_length // 0) > $largest;
        # The rest of the body must not be taken for the next request.
        $headers->header('Connection', 'close');
        $client->send_full_response(413, [ 'Content-Length' => 0 ], '');
        return 1;
    });
}

1;
