import { Duration, Size } from 'cdk8s';
import { api, newSamples } from './input-samples';
import { problems } from './support';
import { Samples, refuses } from './wrong-values';

refuses('ReplicatedMySQL', [
  ['no databases', () => ({ databases: [] }), "'databases' is []: name one or more, as in ['wiki']"],
  [
    'a database of the server',
    () => ({ databases: ['mysql'] }),
    "'databases' is 'mysql': write up to 64 lower-case letters, digits and underscores, and none that is taken, as mysql, sys and slices are",
  ],
  [
    'a volume that its empty tables fill',
    () => ({ storage: Size.mebibytes(10) }),
    "'storage' is 10 MiB: empty tables and the redo log take half of that; write Size.mebibytes(382) or more",
  ],
  [
    'a volume in quotes',
    () => ({ storage: '20Gi' }),
    "'storage' is '20Gi': write an amount of memory or disk, such as Size.gibibytes(20)",
  ],
  ['a failover as a time', () => ({ failover: Duration.seconds(4) }), "'failover' is 4 s: write Heartbeat.within(…)"],
  [
    'a failover of nothing',
    () => ({ failover: api.Heartbeat.within(Duration.seconds(0)) }),
    "'failover' is '0 s': a lease has whole seconds, at least one, and traffic takes up to another to follow; write Heartbeat.within(Duration.seconds(2)), up to 60",
  ],
  [
    'an account by its name',
    () => ({ accounts: ['reader'] }),
    "'accounts[0]' is 'reader': write an object in braces with name",
  ],
  [
    'an account of an unknown database',
    () => ({ accounts: [{ name: 'r', databases: ['nope'] }] }),
    "'accounts.r.databases' is 'nope': name databases of the pair: a",
  ],
  [
    'a misspelt right',
    () => ({ accounts: [{ name: 'r', readonly: true }] }),
    "'accounts.r.readonly' is true: there is no property of this name; did you mean 'readOnly'? Otherwise leave it out",
  ],
  ['TLS as true', () => ({ tls: true }), "'tls' is true: write an object in braces with any of secret, required"],
  [
    'a setting as a number',
    () => ({ settings: { max_connections: 100 } }),
    "'settings.max_connections' is 100: write text, as '100'",
  ],
  [
    'a setting that a pair works by',
    () => ({ settings: { server_id: '1' } }),
    "'settings.server_id' is '1': a pair works by it; leave it out",
  ],
  [
    'a pool larger than its RAM',
    () => ({ settings: { innodb_buffer_pool_size: '100G' } }),
    "'settings.innodb_buffer_pool_size' is '100G': of 464 MiB mysqld and 39 connections at work take 191, and the pool has the rest; write less of it, or more ram",
  ],
  [
    'an engine by its name',
    () => ({ engine: 'pair' }),
    "'engine' is 'pair': write MySQLEngine.pair(…) or MySQLEngine.innoDBCluster(…)",
  ],
  [
    'three slices',
    () => ({ slices: 3 }),
    "'slices' is 3: there is no property of this name; leave it out, or write one of: …",
  ],
]);

refuses('CachePool', [
  ['too many slices', () => ({ slices: 201 }), "'slices' is 201: write a whole number from 1 to 200"],
  [
    'items larger than a slice',
    () => ({ largestItem: Size.mebibytes(600) }),
    "'largestItem' is 600 MiB: memcached counts in 512 KiB, and one item takes at most half of what is for all; write a multiple of that up to Size.kibibytes(205312)",
  ],
  [
    'too little RAM',
    () => ({ ram: Size.mebibytes(1) }),
    "'ram' is 1 MiB: memcached itself takes half of that; write Size.mebibytes(128) or more",
  ],
]);

refuses('BlobStore', [
  [
    'an engine by its name',
    () => ({ engine: 'garage' }),
    "'engine' is 'garage': write BlobEngine.mogileFs(…) or BlobEngine.garage(…)",
  ],
  ['one slice', () => ({ slices: 1 }), "'slices' is 1: every file is on two slices; write 2 or more"],
  [
    'a bucket in capitals',
    () => ({ engine: api.BlobEngine.garage({ bucket: 'A' }) }),
    "'engine.bucket' is 'A': write 3 to 63 lower-case letters, digits and hyphens, with no hyphen at an end",
  ],
  [
    'an engine without its database',
    () => ({ engine: api.BlobEngine.mogileFs() }),
    "'engine.props' is undefined: it is missing; write an object in braces with database",
  ],
]);

refuses('ReplicatedMySQL', [
  [
    'a setting twice',
    () => ({ settings: { max_connections: '40', 'max-connections': '41' } }),
    "'settings.max-connections' is '41': it is there twice; leave one of them out",
  ],
  [
    'no connections',
    () => ({ settings: { max_connections: '0' } }),
    "'settings.max_connections' is '0': write a whole number of connections",
  ],
  [
    'an account that reads nothing',
    () => ({ accounts: [{ name: 'reader', databases: [] }] }),
    "'accounts.reader.databases' is []: it could read nothing; name one or more, or leave it out",
  ],
  [
    'a day that February has not',
    () => ({
      restoreFrom: {
        endpoint: 'https://s3.example.org',
        bucket: 'old',
        folder: 'dfw-db',
        until: '2026-02-30T00:00:00Z',
      },
    }),
    "'restoreFrom.until' is '2026-02-30T00:00:00Z': write a time with its zone, such as '2026-11-24T19:00:00Z', or a transaction, 'UUID:NUMBER'",
  ],
  [
    'a registry by its URL',
    () => ({
      ram: Size.gibibytes(1),
      durability: undefined,
      engine: api.MySQLEngine.innoDBCluster({ imageRepository: 'https://x' }),
    }),
    "'engine.imageRepository' is 'https://x': write where the images are, without the name of one, such as 'registry.example.org/mysql'",
  ],
]);

refuses('MySQLBackup', [
  [
    'dumps for a million years',
    () => ({ keep: Duration.days(20_000) }),
    "'keep' is '20000 days': write whole days, from Duration.days(1) to Duration.days(3650)",
  ],
]);

test('a backup of another site’s pair is an error', () => {
  const { app, database } = newSamples();
  const ams = new api.Site(app, 'ams', { domain: 'example.org' });
  new api.MySQLBackup(ams, 'backup', { database, endpoint: 'https://s3.example.org', bucket: 'backups' });
  expect(problems(ams)).toEqual([
    "[ams/backup] 'database' is 'dfw/db': it belongs to another site; name a pair of 'ams'",
  ]);
});

/** MogileFS in a database that has connections enough. */
function mogileFs({ site }: Samples, classes: object): object {
  const durability = api.Durability.REQUIRED;
  const database = new api.ReplicatedMySQL(site, 'files', {
    ram: Size.gibibytes(4),
    durability,
    databases: ['mogilefs'],
  });
  return { engine: api.BlobEngine.mogileFs({ database, classes }) };
}

refuses('BlobStore', [
  [
    'MogileFS’ own class',
    (samples) => mogileFs(samples, { default: 2 }),
    "'engine.classes' is 'default': each domain has it already; write another name",
  ],
  [
    'two classes of one name for MySQL',
    (samples) => mogileFs(samples, { a: 2, A: 2 }),
    "'engine.classes' is 'A': for MySQL it is the same as 'a'; write another name",
  ],
]);

refuses('Valkey', [
  [
    'an enum’s name in quotes',
    () => ({ durability: 'REQUIRED' }),
    "'durability' is 'REQUIRED': write ValkeyDurability.PREFERRED or ValkeyDurability.REQUIRED",
  ],
  [
    'a failover in parts of a millisecond',
    () => ({ failover: api.Heartbeat.within(Duration.seconds(0.0001)) }),
    "'failover' is '0.0001 s': a lease has whole seconds, at least one, and traffic takes up to another to follow; write Heartbeat.within(Duration.seconds(2)), up to 60",
  ],
]);
