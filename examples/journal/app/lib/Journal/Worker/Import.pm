package Journal::Worker::Import;
# Takes over another journal: an entry for each line. Run again, it makes none twice.
use strict;
use warnings;
use parent 'Journal::Worker';

sub grab_for { 300 }

sub run {
    my ($class, $arg) = @_;
    my @lines = split /\n/, $arg->{lines};
    for my $index (0 .. $#lines) {
        my $key = "import/$arg->{user}/$arg->{name}/$index";
        my @row = ($arg->{user}, substr($lines[$index], 0, 80), $lines[$index], $key);
        Journal::db(sub {
            $_[0]->do("INSERT IGNORE INTO entry (user, subject, body, source, source_key) VALUES (?, ?, ?, 'import', ?)", undef, @row);
        });
    }
    Journal::forget('front');
    return;
}

1;
