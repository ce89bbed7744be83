# Keeps Perlbal's node files, NODES/NAME.nodes, for each NAME=ADDRESS:PORT of TIERS: the addresses of that name with the port. IPv4
# addresses only, replaced as a whole, and never empty, since Perlbal does not read an empty one again. It looks at the file's time in
# whole seconds, so the file is written at most once in one.
#
# An address that twice takes no connection within a second is left out: a node without power stays in the DNS for as long as
# Kubernetes takes to notice, 40 s and more. Perlbal goes on using the connections that it has to an address which has left the file,
# and waits for their answers for ever; being given its pool again makes it look at them (verify_generation in Service.pm). It may not
# have read the file yet, so that is said for some seconds.
use strict;
use warnings;
use FindBin;
use IO::Select;
use IO::Socket::INET;
use Socket qw(inet_ntoa SO_ERROR);
use Time::HiRes qw(sleep time);
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
require "$FindBin::Bin/figures.pl";
my ($nodes, $figures, $console_port) = @ENV{qw(NODES FIGURES CONSOLE_PORT)};
my %tiers = map { /^(\w+)=(.+):(\d+)$/ ? ($1 => { name => $2, port => $3 }) : die "TIERS: $_\n" } split ' ', $ENV{TIERS};
# Perlbal does not start where it has no such folder to serve.
-d $figures or mkdir $figures or die "$figures: $!\n";
my (%last, %changed, %missed);
while (1) {
    my %found = map { $_ => [nodes_of(%{$tiers{$_}})] } keys %tiers;
    my @all = map { @$_ } values %found;
    my %open = answering(@all);
    %missed = map { $_ => $open{$_} ? 0 : ($missed{$_} || 0) + 1 } @all;
    keep($_, @{$found{$_}}) for sort keys %tiers;
    console("SET to_$_.pool = nodes_$_") for grep { time < ($changed{$_} || 0) + 6 } sort keys %tiers;
    my %by_address = map { /^(.*):/ => $missed{$_} } @all;
    replace("$figures/metrics", figures(\%by_address, console('nodes')));
    sleep 1.1;
}

sub nodes_of {
    my (%tier) = @_;
    my (undef, undef, undef, undef, @addresses) = gethostbyname("$tier{name}.");
    return map { "$_:$tier{port}" } sort map { inet_ntoa($_) } grep { length == 4 } @addresses;
}

sub keep {
    my ($tier, @found) = @_;
    my @used = grep { $missed{$_} < 2 } @found;
    # Where none answers, it is no fault of one.
    @used = @found unless @used;
    my $text = join '', map { "$_\n" } @used;
    # At first nothing may serve yet, and Perlbal needs a node to start with: one that refuses.
    $text = "127.0.0.1:1\n" if $text eq '' && !defined $last{$tier};
    return if $text eq '' || $text eq ($last{$tier} // '');
    replace("$nodes/$tier.nodes", $text);
    print STDERR "nodes of $tier: @used\n";
    ($last{$tier}, $changed{$tier}) = ($text, time);
}

sub answering {
    my %waiting = map { $_ => IO::Socket::INET->new(PeerAddr => $_, Blocking => 0) } @_;
    delete @waiting{grep { !$waiting{$_} } keys %waiting};
    my ($end, %open) = (time + 1);
    while (%waiting && (my $left = $end - time) > 0) {
        my %ready = map { fileno($_) => 1 } IO::Select->new(values %waiting)->can_write($left);
        for my $node (grep { $ready{fileno($waiting{$_})} } keys %waiting) {
            my $socket = delete $waiting{$node};
            $open{$node} = 1 if $socket->sockopt(SO_ERROR) == 0;
        }
    }
    return %open;
}

sub replace {
    my ($file, $text) = @_;
    open my $out, '>', "$file.new" or die "$file.new: $!\n";
    print {$out} $text;
    close $out or die "$file.new: $!\n";
    rename "$file.new", $file or die "$file: $!\n";
}

# What Perlbal answers: nothing where it does not run yet, or any more.
sub console {
    my $console = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$console_port", Timeout => 1) or return;
    print {$console} "$_[0]\n";
    my ($text, $wait) = ('', IO::Select->new($console));
    while ($wait->can_read(1) && sysread $console, $text, 65536, length $text) {
        last if $text =~ /^(?:\.|OK|ERROR.*)\r?$/m;
    }
    return split /\r?\n/, $text;
}
