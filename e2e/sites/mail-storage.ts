import { App, Size } from 'cdk8s';
import { JobQueue, JobWorkers, MailHandler, MailIntake, Site } from '../../constructs';
import { PlainMySql } from '../plain-mysql';

/** Writes down what it got, as far as a test compares it. */
const WORKER = `package Site::Incoming;
use strict;
use warnings;
use base 'TheSchwartz::Worker';
use Digest::SHA qw(sha256_hex);
use JobQueue;

sub max_retries { 100 }
sub retry_delay { 1 }
sub grab_for { 60 }

sub work {
    my ($class, $job) = @_;
    my $arg = $job->arg;
    my ($body) = $arg->{message} =~ /\\n\\n(.*)/s;
    JobQueue::dbh()->do('INSERT INTO got (sender, recipient, digest) VALUES (?, ?, ?)', undef,
        @$arg{qw(sender recipient)}, sha256_hex($body));
    $job->completed;
}
1;
`;

const app = new App();
const site = new Site(app, 'mailstore', { domain: 'example.org' });
const jobs = new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(256),
  queue: JobQueue.theSchwartz({ database: new PlainMySql(site) }),
  environment: { PERL5LIB: '/site/lib' },
  files: { '/site/lib/Site/Incoming.pm': WORKER },
  workers: [{ name: 'incoming', command: ['theschwartz-worker', '--idle', '0.2', 'Site::Incoming'] }],
});

new MailIntake(site, 'mail', {
  ram: Size.mebibytes(256),
  storage: Size.mebibytes(512),
  handler: MailHandler.queue(jobs, 'Site::Incoming'),
  domains: ['example.org', 'xn--e1afmkfd.example'],
  connectionsPerMinute: 2000,
  messagesPerMinute: 2000,
});

app.synth();
