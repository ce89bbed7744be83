import { App, Duration, Size } from 'cdk8s';
import { JobQueue, JobScaling, JobWorkers, Site } from '../../constructs';
import { PlainMySql } from '../plain-mysql';

/** Does what its argument says, and writes down when it starts and ends. */
const WORKER = `package Site::Worker;
use strict;
use warnings;
use base 'TheSchwartz::Worker';
use JobQueue;

sub max_retries { 5 }
sub retry_delay { 1 }
sub grab_for { 10 }

sub note {
    my ($job, $event) = @_;
    JobQueue::dbh()->do('INSERT INTO ran (job, event, pod) VALUES (?, ?, ?)', undef, $job->arg->{name}, $event, $ENV{HOSTNAME});
}

sub work {
    my ($class, $job) = @_;
    my $before = JobQueue::dbh()->selectrow_array('SELECT COUNT(*) FROM ran WHERE job = ?', undef, $job->arg->{name});
    note($job, 'start');
    my $arg = $job->arg;
    if ($arg->{eat} && !$before) { my $all = ''; $all .= 'x' x 1_000_000 while 1 }
    if ($arg->{burn}) { my $end = time + $arg->{burn}; 1 while time < $end }
    sleep $arg->{sleep} if $arg->{sleep};
    note($job, 'end');
    $job->completed;
}
1;
`;

const kinds = ['Slow', 'Hungry', 'Busy'];
const command = (kind: string) => ['theschwartz-worker', '--idle', '0.2', `Site::${kind}`];
const app = new App();
const site = new Site(app, 'jobs-e2e', { domain: 'example.org' });

new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(384),
  queue: JobQueue.theSchwartz({ database: new PlainMySql(site) }),
  environment: { PERL5LIB: '/site/lib' },
  files: {
    '/site/lib/Site/Worker.pm': WORKER,
    ...Object.fromEntries(
      kinds.map((kind) => [`/site/lib/Site/${kind}.pm`, `package Site::${kind};\nuse base 'Site::Worker';\n1;\n`]),
    ),
  },
  workers: [
    { name: 'slow', command: command('Slow'), count: 2, grace: Duration.seconds(30) },
    { name: 'hungry', command: command('Hungry'), ram: Size.mebibytes(64) },
    {
      name: 'busy',
      command: command('Busy'),
      ram: Size.mebibytes(48),
      scale: JobScaling.cpu({ max: 3, targetCpuPercent: 50 }),
    },
    { name: 'depth', command: ['theschwartz-depth'], ram: Size.mebibytes(48), schedule: '0 0 1 1 *' },
  ],
});

app.synth();
