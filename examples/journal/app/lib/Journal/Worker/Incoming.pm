package Journal::Worker::Incoming;
# A message to USER@the-mail-domain becomes an entry of that user's journal.
use strict;
use warnings;
use parent 'Journal::Worker';
use Email::MIME;
use Encode qw(decode);

sub run {
    my ($class, $arg, $job) = @_;
    my $mail = Email::MIME->new($arg->{message});
    # The queue has bytes: an address may be in any script. A name is as long as the column at most.
    my ($user) = decode('UTF-8', $arg->{recipient}) =~ /^([^@]{1,40})/ or die "no user in '$arg->{recipient}'\n";
    my ($part) = grep { $_->content_type =~ m{^text/plain} || !$_->content_type } $mail->subparts ? $mail->subparts : $mail;
    my $body = $part ? eval { $part->body_str } // $part->body : '';
    my @row = ($user, $mail->header('Subject') // '(no subject)', $body, 'mail/' . $job->uniqkey);
    Journal::db(sub {
        $_[0]->do("INSERT IGNORE INTO entry (user, subject, body, source, source_key) VALUES (?, ?, ?, 'mail', ?)", undef, @row);
    });
    Journal::forget('front');
    return;
}

1;
