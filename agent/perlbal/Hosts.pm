# Has Perlbal find the service of a host as other servers do: in small letters and without the dot of a whole name. By itself it knows
# `API.example.org` for another host, and a name with both a dot at its end and a port, too.
package Perlbal::Plugin::Hosts;
use strict;
use warnings;

sub load { 1 }
sub unload { 1 }
sub unregister { 1 }

# It stands behind vhosts, whose choice it has made once the name is rewritten.
sub register {
    my (undef, $service) = @_;
    my $choose = $service->selector or die "hosts stands before vhosts\n";
    $service->selector(sub {
        my ($client) = @_;
        my $headers = $client->{req_headers} or return $choose->($client);
        my $asked = $headers->header('Host') // '';
        (my $host = lc $asked) =~ s/\.+(?=:\d+$|$)//;
        $headers->header('Host', $host) if $host ne $asked;
        return $choose->($client);
    });
    return 1;
}

1;
