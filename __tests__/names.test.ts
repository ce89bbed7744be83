import { Size, Testing } from 'cdk8s';
import {
  Durability,
  JobQueue,
  JobScaling,
  JobWorkers,
  MailHandler,
  MailIntake,
  MySQLBackup,
  ReplicatedMySQL,
  Site,
  WebTier,
} from '../constructs';
import { podTemplates } from './invariants';
import { newSite, problems, synth } from './support';

const ram = Size.mebibytes(512);
const command = ['work'];

test('kinds of workers whose names are too long for what Kubernetes makes of them are an error', () => {
  const site = new Site(Testing.app(), 'dallas-fort-worth', { domain: 'example.org' });
  const beside = { command, ram: Size.mebibytes(32) };
  new JobWorkers(site, 'background-workers', {
    ram,
    image: 'x:1',
    workers: [
      { name: 'all', command },
      { ...beside, name: 'expunge-deleted-accounts', schedule: '15 4 * * *' },
      { ...beside, name: 'resize-uploaded-pictures', scale: JobScaling.cpu({ max: 2 }) },
    ],
  });
  const said = (kind: string) =>
    `[dallas-fort-worth/background-workers] 'id' is 'background-workers': ` +
    `'dallas-fort-worth-background-workers-${kind}' has 61 characters; shorten it to 52 or fewer`;
  expect(problems(site).sort()).toEqual([said('expunge-deleted-accounts'), said('resize-uploaded-pictures')]);
});

test('a name too long for the Job of its role is an error', () => {
  const site = newSite();
  new WebTier(site, 'w'.repeat(42), { ram, image: 'x:1', migrate: command });
  expect(problems(site)).toEqual([
    expect.stringMatching(/'dfw-w+-migrate' has 54 characters; shorten it to 52 or fewer$/),
  ]);
});

test('a name too long for the namespace of its role is an error', () => {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org', namespace: 'n'.repeat(52) });
  new MailIntake(site, 'm'.repeat(11), { ram, handler: MailHandler.command({ command }) });
  expect(problems(site)).toEqual([
    expect.stringMatching(/^\[dfw\/m+\] 'id' is 'm+': 'n+-m+' has 64 characters; shorten it to 63 or fewer$/),
  ]);
});

test('with the longest names that are taken, Kubernetes takes all that is made of them', () => {
  const site = new Site(Testing.app(), 's'.repeat(20), { domain: 'example.org' });
  const id = (letter: string, beside: string) => letter.repeat(52 - 21 - beside.length);
  const db = new ReplicatedMySQL(site, id('d', '-restore-test'), {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['wiki'],
  });
  new MySQLBackup(site, 'backup', { database: db, endpoint: 'https://s3.example.org', bucket: 'wiki' });
  new WebTier(site, id('w', '-migrate'), { ram, image: 'x:1', migrate: command, uses: [db] });
  new JobWorkers(site, id('j', '-schema'), {
    ram,
    image: 'x:1',
    queue: JobQueue.theSchwartz({ database: db }),
    workers: [
      { name: 'all', command },
      { name: 'sched', command, ram: Size.mebibytes(32), schedule: '15 4 * * *' },
      { name: 'scaled', command, ram: Size.mebibytes(32), scale: JobScaling.cpu({ max: 2 }) },
    ],
  });
  expect(problems(site)).toEqual([]);
  const objects = synth(site);
  for (const { kind, metadata } of objects) {
    const most = ({ CronJob: 52, StatefulSet: 52, Job: 63, Service: 63, Namespace: 63 } as Record<string, number>)[
      kind
    ];
    if (metadata.name.length > (most ?? 253)) throw new Error(`${kind} ${metadata.name} has ${metadata.name.length}`);
  }
  const labels = [...objects, ...podTemplates(objects).map(({ template }) => template)].map(
    ({ metadata }) => metadata.labels,
  );
  for (const value of labels.flatMap((each) => Object.values<string>(each))) expect(value.length).toBeLessThan(64);
});
