import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Size } from 'cdk8s';
import { parse } from 'yaml';
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
  MySQLBackup,
  Notify,
  ReplicatedMySQL,
  Valkey,
  ValkeyDurability,
  WebServer,
  WebTier,
} from '../constructs';
import { Manifest, newSite, problems, synth } from './support';

const PAGE = readFileSync(join(resolve(__dirname, '..'), 'docs/alerts.md'), 'utf8');
const NOT_ALERTS = [
  'The classic checks',
  'Any slice',
  'Pairs',
  'MySQL',
  'Valkey',
  'Backups',
  'Web and balancers',
  'Cache',
  'Jobs',
];
const HEADINGS = [...PAGE.matchAll(/^##+ (.+)$/gm)]
  .map(([, heading = '']) => heading)
  .filter((heading) => ![...NOT_ALERTS, 'Files', 'Mail'].includes(heading));

/** A site that has every role, and whose people are told. */
function admin(runbooks?: string): Admin {
  const site = newSite();
  const ram = Size.mebibytes(512);
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(2),
    durability: Durability.PREFERRED,
    databases: ['forum', 'mogilefs'],
  });
  const store = { database, endpoint: 'https://s3.example.org', bucket: 'backups' };
  new MySQLBackup(site, 'db-backup', { ...store, schedule: '0 * * * *', testSchedule: '0 0 * * *' });
  new CachePool(site, 'memc', { ram });
  new Valkey(site, 'valkey', { ram, durability: ValkeyDurability.PREFERRED });
  new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database }) });
  const queue = JobQueue.theSchwartz({ database });
  new JobWorkers(site, 'jobs', { ram, queue, workers: [{ name: 'email', command: ['theschwartz-worker', 'Email'] }] });
  new MailIntake(site, 'mail', { ram, handler: MailHandler.command({ command: ['take-it'] }) });
  const web = new WebTier(site, 'web', { ram, image: 'example.org/site:1' });
  new WebTier(site, 'forum', { ram, image: 'example.org/forum:1', server: WebServer.phpFpm() });
  new Balancer(site, 'lb', { ram, web, tls: true });
  new Balancer(site, 'perlbal', { ram, web, engine: BalancerEngine.perlbal() });
  const hook = Notify.webhook({ url: 'https://hook.example.net/' });
  return new Admin(site, 'admin', { ram, notify: [hook], watchdog: hook, ...(runbooks ? { runbooks } : {}) });
}

function alertsOf(made: Admin): Manifest[] {
  const config = synth(made).find((each) => each.kind === 'ConfigMap' && each.data?.['rules.yml']);
  const { groups } = parse(config.data['rules.yml']);
  return groups.flatMap(({ rules }: Manifest) => rules.filter((each: Manifest) => each.alert));
}

const alerts = alertsOf(admin());
const names = [...new Set(alerts.map(({ alert }) => alert as string))];

test('each alert has a section of its own on the page, and each section is of an alert', () => {
  expect([...HEADINGS].sort()).toEqual([...names].sort());
});

describe('promtool sees', () => {
  const files = readdirSync(__dirname).filter((file) => file.endsWith('-rules.yml'));
  const played = files
    .flatMap((file) => parse(readFileSync(join(__dirname, file), 'utf8')).tests as Manifest[])
    .flatMap(({ alert_rule_test: rules = [] }) => rules as { alertname: string; exp_alerts: object[] }[]);
  const expected = (name: string) =>
    played.filter((each) => each.alertname === name).map((each) => each.exp_alerts.length);

  test.each(names)('%s fire', (name) => {
    expect(Math.max(0, ...expected(name))).toBeGreaterThan(0);
  });

  // It always fires.
  test.each(names.filter((name) => name !== 'Watchdog'))('%s not fire', (name) => {
    expect(Math.min(1, ...expected(name))).toBe(0);
  });
});

test('each alert names its section', () => {
  for (const { alert, annotations } of alerts)
    expect([alert, annotations.runbook_url]).toEqual([
      alert,
      `https://github.com/cdk8s-slices/cdk8s-slices/blob/main/docs/alerts.md#${(alert as string).toLowerCase()}`,
    ]);
});

test.each(HEADINGS)('the section of %s says what to do, in steps', (heading) => {
  const [, text = ''] = PAGE.split(`## ${heading}\n`);
  const [section = ''] = text.split(/^##/m);
  expect(section).toMatch(/^1\. |The steps are those of (\w+)\./m);
  const other = /The steps are those of (\w+)\./.exec(section)?.[1];
  if (other) expect(HEADINGS).toContain(other);
});

describe('the checks that a site of 2009 had', () => {
  const [, table = ''] = PAGE.split('## The classic checks');
  const rows = [...table.split('\n## ')[0]!.matchAll(/^\| ([^|]+?) +\| ([A-Z][^|]+?) +\|$/gm)];

  test('are all there', () => {
    expect(rows.map(([, check]) => check)).toEqual(
      expect.arrayContaining([
        'memcached',
        'mogilefsd',
        'mogstored',
        'http',
        'certificate',
        'MySQL',
        'MySQL replication',
        'queue depth',
        'mail queue',
      ]),
    );
  });

  test.each(rows.map(([, check = '', told = '']) => [check, told.split(', ')] as const))(
    '%s has alerts that there are',
    (_, told) => {
      expect(told.filter((each) => !names.includes(each))).toEqual([]);
    },
  );

  test('leave out no alert but of a pair that flaps, and of Valkey, which there was not', () => {
    const told = rows.flatMap(([, , list = '']) => list.split(', '));
    const out = names.filter((each) => !told.includes(each));
    expect(out.filter((each) => !each.startsWith('Valkey'))).toEqual(['PairFlaps']);
  });
});

test('the page may be your own', () => {
  const [first] = alertsOf(admin('https://wiki.example.org/alerts'));
  expect(first.annotations.runbook_url).toBe('https://wiki.example.org/alerts#slicedown');
  expect(problems(admin('wiki'))).toEqual([
    expect.stringContaining("'runbooks' is 'wiki': write a whole address, such as 'https://"),
  ]);
});
