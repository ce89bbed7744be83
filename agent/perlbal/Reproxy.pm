# Lets the web tier point to the blob store alone, whose host and port match FETCH_FROM. By itself Perlbal serves any file that it can
# read, as the certificate's key, any service that it has, and any address that it can connect to, as its own console, when an answer
# of the web tier says so. An answer that points elsewhere is passed on.
#
# The store is asked by its own name, for which a URL is signed, and not by the site's.
package Perlbal::Plugin::Reproxy;
use strict;
use warnings;

sub load { 1 }
sub unload { 1 }
sub unregister { $_[1]->unregister_hooks('Reproxy') }

sub register {
    my (undef, $service) = @_;
    my $from = $ENV{FETCH_FROM} or die "FETCH_FROM is not set\n";
    # The hook is about the web slice's connection.
    $service->register_hook('Reproxy', 'backend_response_received', sub {
        my ($backend) = @_;
        my $answer = $backend->{res_headers};
        my @urls = grep { m{^http://$from/} } split ' ', $answer->header('X-REPROXY-URL') // '';
        $answer->header($_, undef) for qw(X-REPROXY-FILE X-REPROXY-SERVICE X-REPROXY-URL);
        return 0 unless @urls;
        $answer->header('X-REPROXY-URL', "@urls");
        my ($host) = $urls[0] =~ m{^http://([^/]+)/};
        $backend->{client}{req_headers}->header('Host', $host);
        return 0;
    });
}

1;
