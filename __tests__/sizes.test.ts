import { Duration, Size } from 'cdk8s';
import {
  Admin,
  Balancer,
  BalancerEngine,
  BlobEngine,
  BlobStore,
  CachePool,
  Durability,
  JobQueue,
  JobWorkers,
  MailHandler,
  MailIntake,
  MySQLEngine,
  ReplicatedMySQL,
  Site,
  StaticFiles,
  WebServer,
  WebTier,
} from '../constructs';
import { newSite, problems } from './support';

const HALF = Size.kibibytes(512);
const RAM = Size.gibibytes(1);
const PAIR = { durability: Durability.PREFERRED, databases: ['forum'] };
const image = 'example.org/forum:1';

/** What is said of a site, to which one that has an id that is none is added. */
function wrong(add: (site: Site) => void): string[] {
  const site = newSite();
  add(site);
  new CachePool(site, 'bad_id', { ram: RAM });
  const found = problems(site);
  expect(found.some((each) => each.startsWith("[dfw/bad_id] 'id' is 'bad_id'"))).toBe(true);
  return found.filter((each) => !each.startsWith('[dfw/bad_id]'));
}

test('RAM that is no whole number of MiB is an error, said with all else that is wrong', () => {
  expect(wrong((site) => new CachePool(site, 'memc', { ram: Size.gibibytes(0.3) }))).toEqual([
    "[dfw/memc] 'ram' is 307.2 MiB: write whole MiB, as Size.mebibytes(308)",
  ]);
});

const VOLUMES: [string, string, (site: Site, size: Size) => unknown][] = [
  ['db', 'storage', (site, storage) => new ReplicatedMySQL(site, 'db', { ram: RAM, ...PAIR, storage })],
  [
    'group',
    'storage',
    (site, storage) =>
      new ReplicatedMySQL(site, 'group', {
        ram: RAM,
        databases: ['forum'],
        engine: MySQLEngine.innoDBCluster(),
        storage,
      }),
  ],
  ['mog', 'storage', (site, storage) => new BlobStore(site, 'mog', { ram: RAM, engine: BlobEngine.garage(), storage })],
  [
    'mail',
    'storage',
    (site, storage) =>
      new MailIntake(site, 'mail', { ram: RAM, handler: MailHandler.command({ command: ['x'] }), storage }),
  ],
];

test.each(VOLUMES)('a volume of %s of a part of a MiB is an error, and so is one of none', (id, property, make) => {
  for (const [size, said] of [
    [HALF, '512 KiB'],
    [Size.mebibytes(0), '0 MiB'],
  ] as const)
    expect(wrong((site) => make(site, size)).filter((line) => line.includes(`'${property}'`))).toEqual([
      expect.stringMatching(
        // A rule for the least of it says so at once.
        new RegExp(`^.dfw/${id}. '${property}' is ${said}: (write whole MiB, as|.*; write) Size.mebibytes[(]`),
      ),
    ]);
});

test("a worker's RAM in a part of a MiB, and its grace in a part of a second, are errors", () => {
  const add = (site: Site) => {
    const database = new ReplicatedMySQL(site, 'db', { ram: RAM, ...PAIR });
    const ram = Size.kibibytes(50_000);
    const workers = [{ name: 'email', command: ['x'], count: 2, ram, grace: Duration.millis(1500) }];
    new JobWorkers(site, 'jobs', { ram: RAM, image, workers, queue: JobQueue.theSchwartz({ database }) });
  };
  expect(wrong(add)).toEqual([
    "[dfw/jobs] 'workers.email.ram' is 48.828 MiB: write whole MiB, as Size.mebibytes(49)",
    "[dfw/jobs] 'workers.email.grace' is 1.5 s: write whole seconds, as Duration.seconds(2)",
  ]);
});

test('how long an Admin keeps its figures is a whole number of hours, of which none would be for ever', () => {
  const add = (retention: Duration) => (site: Site) => new Admin(site, 'admin', { ram: RAM, retention });
  expect(wrong(add(Duration.minutes(90)))).toEqual([
    "[dfw/admin] 'retention' is 5400 s: write whole hours, as Duration.hours(2)",
  ]);
  expect(wrong(add(Duration.hours(0)))).toEqual([
    "[dfw/admin] 'retention' is 0 s: write whole hours, as Duration.hours(1)",
  ]);
});

const SMALL: [string, (site: Site) => unknown][] = [
  ['mog', (site) => new BlobStore(site, 'mog', { ram: Size.mebibytes(64), engine: BlobEngine.garage() })],
  [
    'db',
    (site) => {
      const restoreFrom = { endpoint: 'https://s3.example.org', bucket: 'backups', folder: 'dfw-old' };
      new ReplicatedMySQL(site, 'db', { ram: Size.mebibytes(32), ...PAIR, restoreFrom });
    },
  ],
  ...[BalancerEngine.nginx(), BalancerEngine.perlbal()].map((engine): [string, (site: Site) => unknown] => [
    'lb',
    (site) => {
      const web = new WebTier(site, 'web', { ram: RAM, image, server: WebServer.apache() });
      const staticFiles = [StaticFiles.fromText({ '/robots.txt': 'none' })];
      new Balancer(site, 'lb', { ram: Size.mebibytes(64), web, engine, staticFiles });
    },
  ]),
];

test.each(SMALL)('RAM of %s that its containers do not fit into is said as what it is', (id, make) => {
  const found = wrong(make).filter((each) => each.startsWith(`[dfw/${id}]`));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(new RegExp(`^\\[dfw/${id}\\] 'ram' is .* write Size.mebibytes\\(\\d+\\) or more$`));
});
