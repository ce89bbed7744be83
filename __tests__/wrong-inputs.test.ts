import { Size } from 'cdk8s';
import type { Site } from '../constructs';
import { api, newSamples } from './input-samples';
import { problems } from './support';

/** Sentences of an app with the roles that a program without types makes. */
function saidOfSite(make: (site: Site, database: unknown) => void): string[] {
  const { site: own, database } = newSamples();
  make(own, database);
  return problems(own);
}

const ram = Size.mebibytes(512);
const image = 'registry.example.org/forum:1';
const worker = { name: 'mail', command: ['mail'] };

test.each<[string, string, object, string]>([
  [
    'CachePool',
    'RAM in quotes',
    { ram: '512Mi' },
    "'ram' is '512Mi': write an amount of memory or disk, such as Size.mebibytes(512)",
  ],
  [
    'CachePool',
    'RAM of nothing',
    { ram: Size.mebibytes(NaN) },
    "'ram' is NaN MiB: write a number in it, such as Size.mebibytes(512)",
  ],
  [
    'CachePool',
    'RAM left out',
    { ram: undefined },
    "'ram' is undefined: it is missing; write an amount of memory or disk, such as Size.mebibytes(512)",
  ],
  [
    'CachePool',
    'another tool’s name',
    { replicas: 7 },
    "'replicas' is 7: there is no property of this name; did you mean 'slices'? Otherwise leave it out",
  ],
  [
    'CachePool',
    'a misspelt name',
    { slice: 2 },
    "'slice' is 2: there is no property of this name; did you mean 'slices'? Otherwise leave it out",
  ],
  ['CachePool', 'slices in quotes', { slices: '2' }, "'slices' is '2': write a number, as 2 without quotes"],
  [
    'WebTier',
    'a property that it has not',
    { blobs: [] },
    "'blobs' is []: there is no property of this name; leave it out, or write one of: ram, image, slices, server, uses, egress, environment, files, writable, secrets, existingSecrets, secretFiles, healthPath, migrate, migration, scaling, metadata, scheduling, resources, images, pods, storageClassName",
  ],
  [
    'WebTier',
    'a number in the environment',
    { environment: { PORT: 3000 } },
    "'environment.PORT' is 3000: write text, as '3000'",
  ],
  [
    'WebTier',
    'a variable of its own that is not set',
    { environment: { KEY: process.env['NOPE'] } },
    "'environment.KEY' is undefined: it is missing; write text",
  ],
  [
    'WebTier',
    'one secret file as a name',
    { secretFiles: { '/etc/k': 'app' } },
    "'secretFiles./etc/k' is 'app': write an object in braces with secret, key",
  ],
  ['WebTier', 'an empty command', { migrate: [] }, "'migrate' is []: write the program that it runs"],
  [
    'WebTier',
    'a port in quotes',
    { server: api.WebServer.apache({ port: '80' }) },
    "'server.port' is '80': write a number, as 80 without quotes",
  ],
  [
    'WebTier',
    'a name of a tool of Kubernetes',
    { pods: { sidecars: [{ name: 'a', image, ram, command: 'sh' }] } },
    "'pods.sidecars.a.command' is 'sh': write a list, as ['sh']",
  ],
  [
    'JobWorkers',
    'a command in one text',
    { workers: [{ ...worker, command: 'php x' }] },
    "'workers.mail.command' is 'php x': write a list, as ['php', 'x']",
  ],
  ['JobWorkers', 'a user by name', { workers: [worker], user: 'www-data' }, "'user' is 'www-data': write a number"],
  [
    'JobWorkers',
    'minutes that an hour has not',
    { workers: [worker, { ...worker, name: 'night', ram: Size.mebibytes(64), schedule: '61 * * * *' }] },
    "'workers.night.schedule' is '61 * * * *': '61' is none of its minutes; write minutes from 0 to 59",
  ],
  [
    'JobWorkers',
    'an image in capitals',
    { workers: [worker], image: 'Foo/Bar:1' },
    "'image' is 'Foo/Bar:1': no capital letter may be in the name of an image, or in a digest; write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'JobWorkers',
    'a network that is an address',
    { workers: [worker], egress: [api.Egress.network('10.1.2.3/16', 25)] },
    "'egress' is '10.1.2.3/16': it has bits beyond its first 16; write '10.1.0.0/16', or '10.1.2.3/32'",
  ],
  [
    'JobWorkers',
    'a network without a port',
    { workers: [worker], egress: [api.Egress.network('10.1.0.0/16')] },
    "'egress[0].port' is undefined: it is missing; write a number",
  ],
  [
    'ReplicatedMySQL',
    'an enum’s name in quotes',
    { databases: ['a'], durability: 'PREFERRED' },
    "'durability' is 'PREFERRED': write Durability.PREFERRED or Durability.REQUIRED",
  ],
  [
    'ReplicatedMySQL',
    'one database as text',
    { databases: 'a', durability: api.Durability.REQUIRED },
    "'databases' is 'a': write a list, as ['a']",
  ],
  [
    'ReplicatedMySQL',
    'a setting of two lines',
    { databases: ['a'], durability: api.Durability.REQUIRED, settings: { sql_mode: '9\nskip_grant_tables' } },
    "'settings.sql_mode' is '9\\nskip_grant_tables': write one line without control characters",
  ],
])('a %s with %s is an error', (role, _what, props, message) => {
  const needed = { ram, ...(role === 'CachePool' || role === 'ReplicatedMySQL' ? {} : { image }) };
  const said = saidOfSite((own, database) => {
    const uses = role === 'JobWorkers' ? { queue: api.JobQueue.theSchwartz({ database }) } : {};
    new api[role](own, 'made', { ...needed, ...uses, ...props });
  });
  expect(said).toEqual([`[dfw/made] ${message}`]);
});

test('one where a list has to be, or the same twice, is an error of that property alone', () => {
  const said = saidOfSite((own, database) => {
    new api.WebTier(own, 'one', { ram, image, uses: database });
    new api.WebTier(own, 'two', { ram, image, uses: [database, database] });
  });
  expect(said).toEqual([
    "[dfw/one] 'uses' is dfw/db: write a list, as [db]",
    "[dfw/two] 'uses[1]' is dfw/db: it is there twice; leave one of them out",
  ]);
});

test('a property that is TLS, which is no text, and a time that is a number, are errors', () => {
  const said = saidOfSite((own) => {
    const web = new api.WebTier(own, 'forum', { ram, image });
    new api.Balancer(own, 'lb', { ram, web, tls: 'x', failover: api.Heartbeat.within(2) });
  });
  expect(said).toEqual([
    "[dfw/lb] 'tls' is 'x': write true or false",
    "[dfw/lb] 'failover.budget' is 2: write a time, such as Duration.seconds(2)",
  ]);
});

test('all errors of a site are reported at once, and none of what is made of a construct that has one', () => {
  const said = saidOfSite((own) => {
    const db = new api.ReplicatedMySQL(own, 'wiki', { ram: 512, durability: 'required', databases: ['a'] });
    const cache = new api.CachePool(own, 'memc', {});
    const queue = api.JobQueue.theSchwartz({ database: db });
    new api.JobWorkers(own, 'mail', { ram, image, queue, workers: [worker], uses: [db, cache] });
    const sets = new api.MySQLSets(own, 'sets', { global: db, clusters: [] });
    new api.WebTier(own, 'forum', { ram, image, uses: [sets], healthPath: 5 });
  });
  expect(said).toEqual([
    "[dfw/wiki] 'ram' is 512: write an amount of memory or disk, such as Size.mebibytes(512)",
    "[dfw/memc] 'ram' is undefined: it is missing; write an amount of memory or disk, such as Size.mebibytes(512)",
    "[dfw/forum] 'healthPath' is 5: write text, as '5'",
  ]);
});

test('who reads a part of a construct that could not be made gets all errors until then', () => {
  const { site: own } = newSamples();
  const cache = new api.CachePool(own, 'memc', { ram: '1Gi' });
  const message = "[dfw/memc] 'ram' is '1Gi': write an amount of memory or disk, such as Size.gibibytes(1)";
  expect(() => cache.statefulSet.name).toThrow(`Validation failed with the following errors:\n  ${message}`);
  const server = api.WebServer.apache({ port: '80' });
  expect(() => server.port).toThrow("[WebServer] 'port' is '80': write a number, as 80 without quotes");
});

test('nothing is made of roles in a site that has an error, and their own errors are reported', () => {
  const { app } = newSamples();
  const own = new api.Site(app, 'ams', { domain: 5 });
  new api.CachePool(own, 'memc', { ram });
  new api.CachePool(own, 'more', { ram: 5 });
  expect(problems(own)).toEqual([
    "[ams] 'domain' is 5: write text, as '5'",
    "[ams/more] 'ram' is 5: write an amount of memory or disk, such as Size.mebibytes(5)",
  ]);
});

test('a class of the user’s own may have more properties than the one that it extends', () => {
  const said = saidOfSite((own) => {
    const Wiki = class extends api.WebTier {} as unknown as new (...args: unknown[]) => object;
    new Wiki(own, 'wiki', { ram, image, theme: 'dark' });
    new Wiki(own, 'shop', { ram: 'x', image, theme: 'dark' });
  });
  expect(said).toEqual(["[dfw/shop] 'ram' is 'x': write an amount of memory or disk, such as Size.mebibytes(512)"]);
});

test('the message of a construct without a scope says where it belongs', () => {
  expect(() => new api.CachePool(undefined, 'memc', { ram })).toThrow(
    "CachePool: 'scope' is undefined: it is missing; write the App, the Site or the construct that it belongs to",
  );
  expect(() => api.Files.ofFolder(5, '/etc')).toThrow("Files.ofFolder: 'folder' is 5: write text, as '5'");
});
