package Journal::Worker::Events;
# A comment was made: an email job for each who subscribed to the journal it is in.
use strict;
use warnings;
use parent 'Journal::Worker';

sub run {
    my ($class, $arg) = @_;
    my ($comment, $emails) = Journal::db(sub {
        my ($dbh) = @_;
        my $about = 'SELECT comment.*, entry.user, entry.subject FROM comment JOIN entry ON entry.id = entry_id'
            . ' WHERE comment.id = ?';
        my $found = $dbh->selectrow_hashref($about, undef, $arg->{comment}) or die "no comment $arg->{comment}\n";
        my $who = 'SELECT email FROM subscription WHERE user = ?';
        return ($found, $dbh->selectcol_arrayref($who, undef, $found->{user}));
    });
    for my $email (@$emails) {
        my $text = "$comment->{author} wrote:\n\n$comment->{body}\n";
        my $key = "comment/$arg->{comment}/$email";
        my $subject = "Comment on: $comment->{subject}";
        # Run again, this makes no second job as long as the first is there.
        Journal::queue('Email', { key => $key, to => $email, subject => $subject, text => $text }, $key);
    }
    return;
}

1;
