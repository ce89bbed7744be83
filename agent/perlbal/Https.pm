# Sends a client without TLS to the same address with it. Perlbal's own plugin, Redirect, leads to `http:` alone.
package Perlbal::Plugin::Https;
use strict;
use warnings;

sub load { 1 }
sub unload { 1 }
sub unregister { $_[1]->unregister_hooks('Https') }

sub register {
    my (undef, $service) = @_;
    $service->register_hook('Https', 'start_http_request', sub {
        my ($client) = @_;
        my $headers = $client->{req_headers};
        # A name and nothing else, as it goes into the answer.
        my ($host) = ($headers->header('Host') // '') =~ /^([A-Za-z0-9.-]+)(?::[0-9]+)?$/;
        my ($path) = $headers->request_uri =~ m{^(/[!-~]*)$};
        # A body that is not read must not be taken for the next request.
        $headers->header('Connection', 'close') unless $headers->request_method =~ /^(GET|HEAD)$/;
        if (defined $host && defined $path) {
            $client->send_full_response(308, [ Location => "https://$host$path", 'Content-Length' => 0 ], '');
        } else {
            $client->send_full_response(400, [ 'Content-Length' => 0 ], '');
        }
        return 1;
    });
}

1;
