import { App, Size } from 'cdk8s';
import { JobQueue, JobWorkers, MailHandler, MailIntake, Site } from '../../constructs';
import { PlainMySql } from '../plain-mysql';

/** Writes down each message that it gets. */
const WORKER = `package Site::Incoming;
use strict;
use warnings;
use base 'TheSchwartz::Worker';
use JobQueue;

sub max_retries { 100 }
sub retry_delay { 1 }
sub grab_for { 10 }

sub work {
    my ($class, $job) = @_;
    my $arg = $job->arg;
    my ($subject) = $arg->{message} =~ /^Subject: (.*?)\\r?$/m;
    JobQueue::dbh()->do('INSERT INTO got (subject, sender, recipient, message) VALUES (?, ?, ?, ?)', undef,
        $subject, @$arg{qw(sender recipient message)});
    $job->completed;
}
1;
`;

const app = new App();
const site = new Site(app, 'mail-e2e', { domain: 'example.org' });
const jobs = new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(128),
  queue: JobQueue.theSchwartz({ database: new PlainMySql(site) }),
  environment: { PERL5LIB: '/site/lib' },
  files: { '/site/lib/Site/Incoming.pm': WORKER },
  workers: [{ name: 'incoming', command: ['theschwartz-worker', '--idle', '0.2', 'Site::Incoming'], count: 2 }],
});

new MailIntake(site, 'mail', {
  ram: Size.mebibytes(128),
  storage: Size.mebibytes(256),
  handler: MailHandler.queue(jobs, 'Site::Incoming'),
  largestMessage: Size.mebibytes(1),
  recipients: ['post@example.org', 'abuse@example.org'],
  connectionsPerMinute: 2000,
  messagesPerMinute: 2000,
});

new MailIntake(site, 'strict', {
  ram: Size.mebibytes(128),
  storage: Size.mebibytes(256),
  handler: MailHandler.command({ command: ['/bin/false'] }),
  connectionsPerMinute: 3,
});

app.synth();
