# The console's words on the web slices, as Prometheus reads them. It counts requests from the start, and answers by their code among
# each slice's last 500. An address that has left the DNS is told of no more.
use strict;
use warnings;

sub figures {
    my ($missed, @said) = @_;
    my $text = join '', map { sprintf qq(perlbal_node_up{node="%s"} %d\n), $_, $missed->{$_} < 2 } sort keys %$missed;
    for (@said) {
        my ($node, $what, $first, $second) = /^([0-9.]+):[0-9]+ (\w+) (\d+)(?: (\d+))?$/ or next;
        next unless exists $missed->{$node};
        $text .= qq(perlbal_node_requests_total{node="$node"} $first\n) if $what eq 'requests';
        $text .= qq(perlbal_node_answers{node="$node",code="$first"} $second\n) if $what eq 'responsecodes';
    }
    return $text;
}

1;
