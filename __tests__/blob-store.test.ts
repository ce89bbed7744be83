import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import {
  BlobEngine,
  BlobStore,
  BlobStoreProps,
  Durability,
  MogileFsProps,
  ReplicatedMySQL,
  Role,
  Site,
} from '../constructs';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

function database(site: Site, databases = ['journal', 'mogilefs']): ReplicatedMySQL {
  return new ReplicatedMySQL(site, 'db', { ram: Size.gibibytes(2), durability: Durability.PREFERRED, databases });
}

/** A program that uses the store. */
class User extends Role {
  public readonly env: unknown;

  constructor(store: BlobStore) {
    super(store.site, 'web', { slices: 1, ram: Size.gibibytes(1) });
    this.env = this._use([store]);
  }
}

function store(mogileFs: Partial<MogileFsProps> = {}, props: Partial<BlobStoreProps> = {}): BlobStore {
  const site = newSite();
  const engine = BlobEngine.mogileFs({ database: database(site), ...mogileFs });
  return new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine, ...props });
}

function setUp(of: BlobStore): Record<string, string> {
  const [container] = ofKind(synth(of), 'Job')[0].spec.template.spec.containers;
  return Object.fromEntries(container.env.map((each: Manifest) => [each.name, each.value]));
}

test('each slice has a tracker and a storage node, with a volume that outlives the pod', () => {
  const { spec } = find(synth(store()), 'StatefulSet', 'dfw-mog');
  expect(spec.replicas).toBe(2);
  expect(spec.template.spec.containers.map((each: Manifest) => each.name)).toEqual(['tracker', 'storage']);
  expect(spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('20480Mi');
  expect(spec.persistentVolumeClaimRetentionPolicy).toBeUndefined();
});

test('a slice is found by its name even when its tracker waits for the database', () => {
  expect(find(synth(store()), 'Service', 'dfw-mog01').spec.publishNotReadyAddresses).toBe(true);
});

test('a Job registers the slices under the addresses of their Services, a device each, the domain and the classes', () => {
  const env = setUp(store({ classes: { userpics: 2, media: 2 } }));
  expect(env['SLICES']).toBe(
    'dfw-mog01 dfw-mog01.dfw.svc.cluster.local 1\ndfw-mog02 dfw-mog02.dfw.svc.cluster.local 2',
  );
  expect(env['DOMAIN']).toBe('mog');
  expect(env['CLASSES']).toBe('userpics 2\nmedia 2');
});

test('all files are checked every week, or when the site says, by pods that reach the trackers alone', () => {
  const objects = synth(store());
  expect(find(objects, 'CronJob', 'dfw-mog-check').spec).toMatchObject({
    schedule: '23 2 * * 1',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
  });
  const { egress } = find(objects, 'NetworkPolicy', 'dfw-mog-check-to-dfw-mog').spec;
  expect(egress[0].ports).toEqual([{ port: 7001, protocol: 'TCP' }]);
  const daily = store({ checkSchedule: '@daily' });
  expect(find(synth(daily), 'CronJob', 'dfw-mog-check').spec.schedule).toBe('@daily');
  expect(daily.checks?.name).toBe('dfw-mog-check');
  expect(problems(store({ checkSchedule: 'weekly' }))).toEqual([
    "[dfw/mog] 'engine.checkSchedule' is 'weekly': write five fields as cron has them, such as '17 3 * * *' for each day at 3:17",
  ]);
});

test('a check waits for one that runs, clears the log, starts its own, waits for its end and prints what it found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'check-'));
  const script = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}`, { mode: 0o755 });
  script('sleep', '');
  // Each answer of `status` is the next line; a tracker that is away gives none.
  writeFileSync(join(folder, 'answers'), 'Yes (on a)\nNo\nYes (on b)\n\nYes (on b)\nNo\nNo\n');
  script(
    'mogadm',
    `shift; echo "$*" >> ${folder}/log
[ "$2" = status ] || exit 0
answer=$(head -n 1 ${folder}/answers); sed -i 1d ${folder}/answers
[ -n "$answer" ] || exit 1
echo "    Running: $answer"`,
  );
  const [, , check] = find(synth(store()), 'CronJob', 'dfw-mog-check').spec.jobTemplate.spec.template.spec.containers[0]
    .command;
  const env = { PATH: `${folder}:${process.env['PATH']}`, TRACKERS: 'dfw-mog01:7001' };
  execFileSync('sh', ['-c', check], { env, stdio: 'ignore' });
  const log = readFileSync(join(folder, 'log'), 'utf8').replaceAll('fsck ', '').split('\n').join(' ').trim();
  expect(log).toBe('status status clearlog reset start status status status status printlog status');
});

test('another class is another Job', () => {
  const name = (classes: Record<string, number>) => store({ classes }).setUpJob.name;
  expect(name({ userpics: 2 })).not.toBe(name({ userpics: 2, media: 2 }));
});

test('whoever uses it is given the trackers and the domain, and reaches trackers and storage alone', () => {
  const blobs = store({ domain: 'site' });
  expect(new User(blobs).env).toEqual([
    { name: 'MOG_TRACKERS', value: 'dfw-mog01.dfw.svc.cluster.local:7001,dfw-mog02.dfw.svc.cluster.local:7001' },
    { name: 'MOG_DOMAIN', value: 'site' },
  ]);
  const { spec } = find(synth(blobs), 'NetworkPolicy', 'dfw-mog-from-dfw-web');
  expect(spec.ingress[0].ports.map((each: Manifest) => each.port)).toEqual([7001, 7500]);
});

test('the database is reached by the slices and by the Job', () => {
  const objects = synth(store());
  for (const from of ['dfw-mog', 'dfw-mog-setup']) {
    expect(find(objects, 'NetworkPolicy', `dfw-db-from-${from}`).spec.ingress[0].ports[0].port).toBe(3306);
  }
});

test('a storage node whose volume is empty starts a check of all files, which fills it again', () => {
  const [, storage] = find(synth(store()), 'StatefulSet', 'dfw-mog').spec.template.spec.containers;
  expect(storage.command[2]).toContain('admin fsck_stop fsck_reset fsck_start');
});

test('missing second copies are tried again when a slice is back, not hours later', () => {
  const [, storage] = find(synth(store()), 'StatefulSet', 'dfw-mog').spec.template.spec.containers;
  expect(storage.command[2]).toContain('admin replicate_now');
});

test.each([
  [128, 88, 2],
  [256, 176, 20],
  [1024, 176, 20],
  [16384, 176, 20],
])('with %i MiB of RAM the tracker has %i, and %i query workers', (ram, memory, workers) => {
  const [tracker, storage] = find(synth(store({}, { ram: Size.mebibytes(ram) })), 'StatefulSet', 'dfw-mog').spec
    .template.spec.containers;
  expect(tracker.resources.limits.memory).toBe(`${memory}Mi`);
  expect(storage.resources.limits.memory).toBe(`${ram - memory}Mi`);
  expect(tracker.env).toContainEqual({ name: 'QUERY_JOBS', value: `${workers}` });
});

test('less than two slices is an error, since every file is on two', () => {
  expect(problems(store({}, { slices: 1 }))).toEqual([
    "[dfw/mog] 'slices' is 1: every file is on two slices; write 2 or more",
  ]);
});

test('more copies than slices, or less than two, is an error', () => {
  expect(problems(store({ classes: { userpics: 3, temp: 1, odd: 1.5 } }))).toEqual([
    "[dfw/mog] 'engine.classes.userpics' is 3: write a number of copies from 2 to the number of slices, 2",
    "[dfw/mog] 'engine.classes.temp' is 1: write a number of copies from 2 to the number of slices, 2",
    "[dfw/mog] 'engine.classes.odd' is 1.5: write a number of copies from 2 to the number of slices, 2",
  ]);
});

test('names that the tracker would misread are errors', () => {
  expect(problems(store({ domain: 'a b', classes: { 'x\ny': 2, '-x': 2 } }))).toEqual([
    "[dfw/mog] 'engine.classes' is 'x\\ny': write letters, digits, '.', '_' and '-' only, at most 50 of them",
    "[dfw/mog] 'engine.classes' is '-x': write a letter, a digit or '_' first",
    "[dfw/mog] 'engine.domain' is 'a b': write letters, digits, '.', '_' and '-' only, at most 50 of them",
  ]);
});

test('too little RAM is an error', () => {
  expect(problems(store({}, { ram: Size.mebibytes(127) }))).toContain(
    "[dfw/mog] 'ram' is 127 MiB: its programs take half of that; write Size.mebibytes(128) or more",
  );
});

test('a slice whose name MogileFS would cut is an error', () => {
  const site = newSite();
  const engine = BlobEngine.mogileFs({ database: database(site) });
  new BlobStore(site, 'a-blob-store-with-quite-a-long-name', { ram: Size.mebibytes(256), engine });
  expect(problems(site)).toEqual([
    "[dfw/a-blob-store-with-quite-a-long-name] 'id' is 'a-blob-store-with-quite-a-long-name': MogileFS keeps 40 " +
      "characters of a host's name; shorten 'dfw-a-blob-store-with-quite-a-long-name' to 38",
  ]);
});

test('an image that moves is an error', () => {
  expect(problems(store({ image: 'mogilefs:latest' }))).toEqual([
    "[dfw/mog] 'engine.image' is 'mogilefs:latest': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ]);
});

test('a database that the MySQL does not have is an error', () => {
  const site = newSite();
  const engine = BlobEngine.mogileFs({ database: database(site, ['journal', 'queue']) });
  new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine });
  expect(problems(site)).toEqual([
    "[dfw/mog] 'engine.databaseName' is 'mogilefs': add it to the databases of dfw/db, which has journal, queue",
  ]);
});

test('two stores in one database are an error, as the second would be given no devices', () => {
  const site = newSite();
  const db = database(site, ['mogilefs', 'archive']);
  const add = (id: string, databaseName?: string) =>
    new BlobStore(site, id, {
      ram: Size.mebibytes(256),
      engine: BlobEngine.mogileFs({ database: db, ...(databaseName === undefined ? {} : { databaseName }) }),
    });
  for (const id of ['mog', 'old']) add(id);
  add('arch', 'archive');
  expect(problems(site)).toEqual([
    "[dfw/old] 'engine.databaseName' is 'mogilefs': dfw/mog has its tables there; name another database",
  ]);
});

test('a MySQL of another site is an error', () => {
  const other = database(newSite('ams'));
  const problem = problems(store({ database: other }))[0];
  expect(problem).toMatch(/^\[dfw\/mog\] 'database' is 'ams\/db': it belongs to another site/);
});
