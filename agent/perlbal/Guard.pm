# Bounds what strangers can take of the services that it is set on: ADDRESS_CONNECTIONS for each address, CLIENT_CONNECTIONS for all,
# counted as they are accepted, and HEADER_SECONDS for a TLS handshake and for all headers of a request. Perlbal by itself counts no
# connections, and ends a client only where it is silent.
package Perlbal::Plugin::Guard;
use strict;
use warnings;
use Perlbal;
use Socket qw(inet_ntoa sockaddr_in);
use Time::HiRes ();

my ($of_address, $of_all, $header_seconds) = @ENV{qw(ADDRESS_CONNECTIONS CLIENT_CONNECTIONS HEADER_SECONDS)};
my %guarded;
# The descriptors of each address, with the time since when headers have been on their way. One that has ended stays until it is
# looked at, and $count is never too low. Looks take a tenth of the time at most, at some microseconds a descriptor: a flood must not
# slow all down, and those of a crowd that have ended must not keep the next ones out.
my %held;
my %pruned;
my ($count, $swept) = (0, 0);
use constant LOOK_SECONDS_A_DESCRIPTOR => 2e-5;
# As often as Perlbal looks for silent clients.
use constant TICK_SECONDS => 5;

sub unload { 1 }
sub unregister { delete $guarded{ $_[1]{name} } }

sub load {
    $of_address && $of_all && $header_seconds or die "ADDRESS_CONNECTIONS, CLIENT_CONNECTIONS or HEADER_SECONDS is not set\n";
    no warnings 'redefine';
    my $event_read = \&Perlbal::TCPListener::event_read;
    *Perlbal::TCPListener::event_read = sub {
        my ($listener) = @_;
        bless $listener->{sock}, 'Perlbal::Plugin::Guard::Listener' if $guarded{ $listener->{service}{name} };
        $event_read->(@_);
    };
    Danga::Socket->AddTimer(TICK_SECONDS, \&tick);
    return 1;
}

sub register {
    my (undef, $service) = @_;
    $guarded{ $service->{name} } = 1;
}

sub admits {
    my ($address, $fd) = @_;
    my $now = Time::HiRes::time();
    prune($address) if is_full($address) && $now > ($pruned{$address} || 0) + $of_address * LOOK_SECONDS_A_DESCRIPTOR;
    sweep() if $count >= $of_all && $now > $swept + $of_all * LOOK_SECONDS_A_DESCRIPTOR;
    return 0 if is_full($address) || $count >= $of_all;
    $held{$address}{$fd} = 0;
    $count++;
    return 1;
}

sub is_full {
    my ($address) = @_;
    return $held{$address} && keys %{ $held{$address} } >= $of_address;
}

# The client that has the descriptor, unless it has ended.
sub client {
    my ($address, $fd) = @_;
    my $socket = Danga::Socket->DescriptorMap->{$fd} or return;
    return unless $socket->isa('Perlbal::ClientHTTPBase') || $socket->isa('Perlbal::SocketSSL');
    return ($socket->peer_ip_string // '') eq $address ? $socket : undef;
}

sub prune {
    my ($address) = @_;
    my $own = $held{$address};
    delete @$own{ grep { !client($address, $_) } keys %$own };
    delete $held{$address} unless %$own;
    $pruned{$address} = Time::HiRes::time();
}

sub sweep {
    prune($_) for keys %held;
    %pruned = ();
    $count = 0;
    $count += keys %$_ for values %held;
    $swept = Time::HiRes::time();
}

sub tick {
    sweep();
    for my $address (keys %held) {
        end_if_slow($address, $_) for keys %{ $held{$address} };
    }
    Danga::Socket->AddTimer(TICK_SECONDS, \&tick);
}

sub end_if_slow {
    my ($address, $fd) = @_;
    my $client = client($address, $fd) or return;
    if ($client->isa('Perlbal::SocketSSL')) {
        $client->{sock}->close(SSL_no_shutdown => 1, SSL_ctx_free => 1) if $client->{create_time} < time - $header_seconds;
        return;
    }
    my $is_reading = !$client->{req_headers} && length($client->{headers_string} // '');
    my $since = $held{$address}{$fd} = $is_reading ? $held{$address}{$fd} || time : 0;
    $client->close('slow_headers') if $since && $since < time - $header_seconds;
}

# A listening socket that closes at once whatever is not admitted.
package Perlbal::Plugin::Guard::Listener;
our @ISA = ('IO::Socket::INET');

sub accept {
    my ($self) = @_;
    while (my ($socket, $peer) = $self->SUPER::accept('IO::Socket::INET')) {
        my ($port, $address) = Socket::sockaddr_in($peer);
        return ($socket, $peer) if Perlbal::Plugin::Guard::admits(Socket::inet_ntoa($address), fileno $socket);
        close $socket;
    }
    return;
}

1;
