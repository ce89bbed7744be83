# Tells the web tier who its client is and how it came, and nothing that a client says of that itself: CLAIMS are such headers, in
# lower case. A name with an underscore goes, too, since many programs take it for the same one with a hyphen. Perlbal by itself
# discards X-Forwarded-For, X-Forwarded-Host and X-Host alone.
package Perlbal::Plugin::Client;
use strict;
use warnings;

sub load { 1 }
sub unload { 1 }
sub unregister { $_[1]->unregister_hooks('Client') }

sub register {
    my (undef, $service) = @_;
    my %claims = map { $_ => 1 } split ' ', $ENV{CLAIMS} or die "CLAIMS is not set\n";
    # The hook is about the web slice's connection, once it has the client's headers and its address.
    $service->register_hook('Client', 'backend_client_assigned', sub {
        my ($backend) = @_;
        my ($client, $headers) = @$backend{qw(client req_headers)};
        for my $name (keys %{ $headers->{headers} }) {
            $headers->header($name, undef) if $claims{ lc $name } || $name =~ /_/;
        }
        $headers->header('X-Real-IP', $client->peer_ip_string);
        $headers->header('X-Forwarded-Proto', $client->{is_ssl} ? 'https' : 'http');
        return 0;
    });
}

1;
