package Journal::Worker::Email;
# Sends a message through the server that SMTP_SERVER names, HOST:PORT. It may come twice where a worker dies between the
# server's thanks and the job's end; its Message-ID is the same then.
use strict;
use warnings;
use parent 'Journal::Worker';
use Digest::SHA 'sha1_hex';
use Encode 'encode';
use Net::SMTP;

sub run {
    my ($class, $arg) = @_;
    # A slow mail server, as a test wants one.
    sleep $ENV{EMAIL_SECONDS} if $ENV{EMAIL_SECONDS};
    my ($host, $port) = split /:/, $ENV{SMTP_SERVER} // die "SMTP_SERVER is not set\n";
    my $from = $ENV{MAIL_FROM} // 'journal@localhost';
    my $smtp = Net::SMTP->new(Host => $host, Port => $port // 25, Timeout => 10) or die "$host: $@\n";
    my $id = sha1_hex($arg->{key}) . '@journal';
    my $message = "From: $from\r\nTo: $arg->{to}\r\nSubject: " . encode('MIME-Header', $arg->{subject})
        . "\r\nMessage-ID: <$id>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" . encode('UTF-8', $arg->{text});
    my $sent = $smtp->mail($from) && $smtp->to($arg->{to}) && $smtp->data($message);
    die 'the mail server answered ' . $smtp->code . ' ' . $smtp->message unless $sent;
    $smtp->quit;
    return;
}

1;
