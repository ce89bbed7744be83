import { Size, Testing } from 'cdk8s';
import {
  Admin,
  Balancer,
  BlobEngine,
  BlobStore,
  CachePool,
  Durability,
  JobQueue,
  JobWorkers,
  MailHandler,
  MailIntake,
  ReplicatedMySQL,
  Role,
  Site,
  Valkey,
  ValkeyDurability,
  WebTier,
} from '../constructs';
import { Shop } from '../examples/heartbeat/pair';
import { shape } from './shape';
import { newSite } from './support';

const ram = Size.mebibytes(256);
const image = 'example.org/site:1';
const database = (site: Site) =>
  new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['site', 'mogilefs'],
  });
const web = (site: Site) => new WebTier(site, 'web', { ram: Size.gibibytes(1), image });

expect.addSnapshotSerializer({
  test: (value) => typeof value === 'string',
  print: String,
});

/** Each construct as small as it can be. */
const SMALLEST: Record<string, (site: Site) => Role> = {
  Balancer: (site) => new Balancer(site, 'lb', { ram, web: web(site) }),
  WebTier: web,
  JobWorkers: (site) =>
    new JobWorkers(site, 'jobs', {
      ram,
      queue: JobQueue.theSchwartz({ database: database(site) }),
      workers: [{ name: 'email', command: ['theschwartz-worker', 'Site::Email'] }],
    }),
  CachePool: (site) => new CachePool(site, 'memc', { ram }),
  BlobStore: (site) => new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database: database(site) }) }),
  MailIntake: (site) => new MailIntake(site, 'mail', { ram, handler: MailHandler.command({ command: ['take'] }) }),
  ReplicatedMySQL: database,
  Valkey: (site) => new Valkey(site, 'valkey', { ram, durability: ValkeyDurability.PREFERRED }),
  Admin: (site) => new Admin(site, 'admin', { ram }),
};

/** Where a change of one is meant, `npm run shapes` writes it down. */
test.each(Object.keys(SMALLEST))('the objects of %s', (name) => {
  expect(shape(SMALLEST[name]!(newSite()).chart.toJson())).toMatchSnapshot();
});

test('the objects of Heartbeat', () => {
  expect(shape(new Shop(Testing.app(), 'shop').toJson())).toMatchSnapshot();
});
