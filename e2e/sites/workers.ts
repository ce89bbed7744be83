import { App, Duration, Size } from 'cdk8s';
import { Cpu, JobWorkers, Site } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-workers', { domain: 'example.org' });
const perl = (program: string) => ['perl', '-e', program];

new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(192),
  workers: [
    // It ends by design, as many do after so many jobs.
    { name: 'brief', command: perl('print "began\\n"; sleep 2') },
    // It has no handler for SIGTERM, and jobs that may take long.
    { name: 'deaf', command: perl('sleep 1 while 1'), grace: Duration.minutes(10) },
    // It has one that does not end it.
    { name: 'stubborn', command: perl('$SIG{TERM} = "IGNORE"; sleep 1 while 1'), grace: Duration.seconds(5) },
  ],
});

// All of it is run by the clock.
new JobWorkers(site, 'clock', {
  ram: Size.mebibytes(64),
  workers: [{ name: 'digest', command: perl('print "made\\n"'), ram: Size.mebibytes(64), schedule: '0 0 1 1 *' }],
});

// Each kind has pods of its own.
const small = { ram: Size.mebibytes(32), apart: true, cpuRequest: Cpu.millis(5) };
new JobWorkers(site, 'kinds', {
  ram: Size.mebibytes(96),
  workers: [
    {
      ...small,
      name: 'quick',
      command: perl('sleep 1 while 1'),
      count: 2,
      scheduling: { nodeSelector: { 'kubernetes.io/os': 'linux' } },
    },
    {
      ...small,
      name: 'long',
      command: perl('$SIG{TERM} = sub { sleep 20; exit }; sleep 1 while 1'),
      grace: Duration.minutes(1),
    },
  ],
});

app.synth();
