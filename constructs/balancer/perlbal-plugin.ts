/**
 * A plugin of Perlbal that is asked at one hook of a service; a body that returns 1 has answered the request itself. `$client` is
 * whose connection the hook is about: the web slice's where it is about an answer.
 */
export function perlbalPlugin(name: string, hook: string, body: string): string {
  return `package Perlbal::Plugin::${name};
use strict;
use warnings;

sub load { 1 }
sub unload { 1 }
sub unregister { $_[1]->unregister_hooks('${name}') }

sub register {
    my (undef, $service) = @_;
    $service->register_hook('${name}', '${hook}', sub {
        my ($client) = @_;
        my $headers = $client->{req_headers};
${body}    });
}

1;
`;
}
