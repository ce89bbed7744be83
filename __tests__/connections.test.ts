import { Size } from 'cdk8s';
import {
  BlobEngine,
  BlobStore,
  CachePool,
  Durability,
  JobQueue,
  JobScaling,
  JobWorkers,
  MailHandler,
  MailIntake,
  MySQLSets,
  ReplicatedMySQL,
  Site,
  WebServer,
  WebTier,
} from '../constructs';
import { find, newSite, problems, synth } from './support';

const image = 'registry.example.org/forum:1';
const ram = Size.mebibytes(512);

/** Of 512 MiB, it takes 39 connections of its programs. */
function database(site: Site, more: object = {}): ReplicatedMySQL {
  return new ReplicatedMySQL(site, 'db', { ram, durability: Durability.PREFERRED, databases: ['forum'], ...more });
}

/** Workers of so much RAM, so that a slice of 512 MiB has 480 MiB for them. */
function apache(workers: number): WebServer {
  return WebServer.apache({ workerRam: Size.mebibytes(Math.floor(480 / workers)) });
}

const HELD = "'ram' is 512 MiB: it takes 39 connections, and programs may hold";
const INSTEAD = (most: number) =>
  `write Size.mebibytes(${200 + 8 * most}) or more, settings: { max_connections: '${most + 12}' }, fewer slices or fewer workers`;

test('the workers of two tiers that outnumber the connections of their database are an error that names both', () => {
  const site = newSite();
  const db = database(site);
  new WebTier(site, 'forum', { ram, image, server: apache(12), uses: [db] });
  new WebTier(site, 'shop', { ram, image, server: apache(6), uses: [db] });
  expect(problems(site)).toEqual([
    `[dfw/db] ${HELD} 48: forum 24 + shop 12 + 12 of a slice whose node died; ${INSTEAD(48)}`,
  ]);
});

test('as many connections as the database takes are none too many', () => {
  const site = newSite();
  const db = database(site);
  new WebTier(site, 'forum', { ram, image, server: apache(12), uses: [db] });
  expect(problems(site)).toEqual([]);
  new JobWorkers(site, 'jobs', { ram, image, workers: [{ name: 'mail', command: ['mail'], count: 4 }], uses: [db] });
  expect(problems(site)).toEqual([
    `[dfw/db] ${HELD} 40: forum 24 + jobs 4 + 12 of a slice whose node died; ${INSTEAD(40)}`,
  ]);
});

test('slices that an autoscaler may add are counted, and a worker that has two ways to a database', () => {
  const site = newSite();
  const db = database(site);
  const scale = JobScaling.cpu({ max: 3 });
  const jobs = new JobWorkers(site, 'jobs', {
    ram,
    image,
    queue: JobQueue.theSchwartz({ database: db }),
    workers: [
      { name: 'mail', command: ['mail'] },
      { name: 'import', command: ['import'], ram: Size.mebibytes(64), scale },
      { name: 'night', command: ['night'], ram: Size.mebibytes(64), schedule: '1 2 * * *' },
    ],
  });
  new WebTier(site, 'web', { ram, image, server: apache(4), scaling: { max: 6 }, uses: [db, jobs] });
  expect(problems(site)).toEqual([
    `[dfw/db] ${HELD} 61: jobs 5 + web 48 + 8 of a slice whose node died; ${INSTEAD(61)}`,
  ]);
});

test('mail that is handed over, and the trackers of MogileFS, are counted', () => {
  const site = newSite();
  const db = database(site, { databases: ['forum', 'mogilefs'] });
  const handler = MailHandler.command({ command: ['take'], uses: [db] });
  new MailIntake(site, 'mail', { ram: Size.mebibytes(256), handler });
  new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine: BlobEngine.mogileFs({ database: db }) });
  expect(problems(site)).toEqual([
    `[dfw/db] ${HELD} 82: mail 1 + mog 54 + 27 of a slice whose node died; ${INSTEAD(82)}`,
  ]);
});

test('each pair of a set is counted by itself', () => {
  const site = newSite();
  const db = database(site);
  const users = new ReplicatedMySQL(site, 'users', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['users'],
  });
  const sets = new MySQLSets(site, 'sets', { global: db, clusters: [{ database: users }] });
  new WebTier(site, 'web', { ram, image, slices: 3, server: apache(12), uses: [sets] });
  expect(problems(site)).toEqual([`[dfw/db] ${HELD} 48: web 36 + 12 of a slice whose node died; ${INSTEAD(48)}`]);
});

test('the settings of a pair may take more connections, of which its programs have all but the pair’s own', () => {
  const site = newSite();
  const db = database(site, { settings: { max_connections: '60' } });
  new WebTier(site, 'web', { ram, image, slices: 3, server: apache(12), uses: [db] });
  expect(problems(site)).toEqual([]);
  const files = synth(site).flatMap(({ kind, data }) => (kind === 'ConfigMap' ? [data?.['my.cnf'] ?? ''] : []));
  expect(files.join('')).toMatch(/^max_user_connections = 48$/m);
  expect(find(synth(site), 'StatefulSet', 'dfw-db')).toBeDefined();
});

test('more workers than memcached takes connections are an error of the cache', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(256) });
  const large = { ram: Size.gibibytes(8), image, server: WebServer.apache({ workerRam: Size.mebibytes(40) }) };
  new WebTier(site, 'web', { ...large, slices: 5, uses: [cache] });
  expect(problems(site)).toEqual([
    "[dfw/memc] 'ram' is 256 MiB: it takes 1024 connections, and programs may hold 1224: web 1020 + 204 of a slice whose node died; write Size.mebibytes(1224) or more, fewer slices or fewer workers",
  ]);
});

test('where no RAM takes so many, fewer programs are what is to be written', () => {
  const site = newSite();
  const uses = [database(site), new CachePool(site, 'memc', { ram: Size.mebibytes(256) })];
  const large = { ram: Size.gibibytes(8), image, server: WebServer.apache({ workerRam: Size.mebibytes(40) }) };
  new WebTier(site, 'web', { ...large, slices: 30, uses });
  expect(problems(site)).toEqual([
    `[dfw/db] ${HELD} 6324: web 6120 + 204 of a slice whose node died; write fewer slices or fewer workers`,
    "[dfw/memc] 'ram' is 256 MiB: it takes 1024 connections, and programs may hold 6324: web 6120 + 204 of a slice whose node died; write fewer slices or fewer workers",
  ]);
});
