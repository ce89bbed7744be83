import { Size } from 'cdk8s';
import { CachePool, Durability, ReplicatedMySQL, WebTier } from '../constructs';
import type { ReplicatedMySQLProps } from '../constructs';
import { bufferPool, connectionLimit, hasPerformanceSchema, redoLog, temporaryTables } from '../constructs/mysql/mysql';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

function database(props: Partial<ReplicatedMySQLProps> = {}, site = newSite()): ReplicatedMySQL {
  return new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['wiki'],
    ...props,
  });
}

function settingsOf(objects: Manifest[]): Record<string, string> {
  return ofKind(objects, 'ConfigMap').find((each) => each.data['my.cnf']).data;
}

test.each([
  [256, 20, 64, 64, 4],
  [1024, 109, 608, 304, 16],
  [16384, 1000, 12064, 2048, 256],
])(
  'with %i MiB for mysqld: %i connections, a pool of %i, a redo log of %i, temporary tables of %i',
  (ram, ...expected) => {
    expect([connectionLimit(ram), bufferPool(ram), redoLog(ram), temporaryTables(ram)]).toEqual(expected);
  },
);

test.each([256, 1024, 16384])('with %i MiB, the pool and a working connection each fit beside mysqld itself', (ram) => {
  const own = hasPerformanceSchema(ram) ? 300 : 152;
  expect(own + bufferPool(ram) + connectionLimit(ram)).toBeLessThan(ram);
});

test('too little RAM is an error', () => {
  expect(problems(database({ ram: Size.mebibytes(128) }))).toEqual([
    "[dfw/db] 'ram' is 128 MiB: the agent and mysqld take 200 MiB beside its buffer pool and connections; write Size.mebibytes(256) or more",
  ]);
});

test.each([undefined, 'PREFERRED', 'block ', 'REQUIRED'])(
  'durability %p is an error, as nobody may guess what is meant',
  (given) => {
    const durability = given as Durability;
    expect(problems(database({ durability }))).toEqual([
      `[dfw/db] 'durability' is ${given ? `'${given}': ` : 'undefined: only a site knows what is worse for it; '}write Durability.PREFERRED or Durability.REQUIRED`,
    ]);
  },
);

test('a site without databases, one of MySQL’s own names, an odd name and one given twice are errors', () => {
  expect(problems(database({ databases: [] }))).toEqual([
    "[dfw/db] 'databases' is []: name one or more, as in ['wiki']",
  ]);
  const instead =
    'write up to 64 lower-case letters, digits and underscores, and none that is taken, as mysql, sys and slices are';
  expect(problems(database({ databases: ['a', 'b', 'a'] }))).toEqual([
    "[dfw/db] 'databases[2]' is 'a': it is there twice; leave one of them out",
  ]);
  expect(problems(database({ databases: ['mysql', 'Wiki`', 'a'] }))).toEqual(
    [`[dfw/db] 'databases' is 'mysql': ${instead}`, `[dfw/db] 'databases' is 'Wiki\`': ${instead}`].filter(
      (line, index, all) => all.indexOf(line) === index,
    ),
  );
});

test('what uses it gets its addresses, and the password from the Secret', () => {
  const site = newSite();
  const db = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['wiki', 'mail'],
  });
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image: 'example.org/wiki:1', uses: [db] });
  const [apache] = find(synth(site), 'Deployment', 'dfw-web').spec.template.spec.containers;
  expect(apache.env).toEqual(
    expect.arrayContaining([
      { name: 'DB_HOST', value: '$(DFW_DB_WRITE_SERVICE_HOST)' },
      { name: 'DB_READ_HOST', value: '$(DFW_DB_READ_SERVICE_HOST)' },
      { name: 'DB_PORT', value: '3306' },
      { name: 'DB_NAME', value: 'wiki' },
      { name: 'DB_USER', value: 'dfw' },
      { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'dfw-db', key: 'password' } } },
    ]),
  );
});

test('the password of its copies and its agent are known to its own pods alone', () => {
  const site = newSite();
  const db = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['wiki'],
  });
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image: 'example.org/wiki:1', uses: [db] });
  new CachePool(site, 'memc', { ram: Size.gibibytes(1) });
  const readers = ofKind(synth(site), 'StatefulSet').filter((each) => JSON.stringify(each).includes('dfw-db-internal'));
  expect(readers.map((each) => each.metadata.name)).toEqual(['dfw-db']);
});

test('settings go before those of the library', () => {
  const lines = settingsOf(synth(database({ settings: { max_connections: '7' } })))['my.cnf']!.split('\n');
  expect(lines.filter((line) => line.startsWith('max_connections'))).toEqual(['max_connections = 7']);
});

test('a setting that would be another, or that has quotes of its own, is an error', () => {
  const settings = { 'a b': '1', '!include': '/x', wait_timeout: '60\nskip_grant_tables', sql_mode: "'ANSI'" };
  expect(problems(database({ settings }))).toEqual([
    "[dfw/db] 'settings' is 'a b': write a name as in MySQL's manual, such as 'wait_timeout'",
    "[dfw/db] 'settings' is '!include': write a name as in MySQL's manual, such as 'wait_timeout'",
    "[dfw/db] 'settings.wait_timeout' is '60\\nskip_grant_tables': write one line without control characters",
    `[dfw/db] 'settings.sql_mode' is ''ANSI'': leave the quotes out: the library writes those that MySQL needs`,
  ]);
});

test('a setting with characters of an option file is one with quotes', () => {
  const settings = { init_connect: "SET NAMES 'utf8' # \\ \"", wait_timeout: '60' };
  const text = settingsOf(synth(database({ settings })))['my.cnf'] as string;
  expect(text).toContain(`\ninit_connect = "SET NAMES 'utf8' # \\\\ \\""\nwait_timeout = 60\n`);
});

test('a setting that a pair works by is an error, in each of the forms that MySQL takes', () => {
  const settings = { port: '3307', 'gtid-mode': 'OFF', sync_binlog: '0', skip_log_bin: '', wait_timeout: '60' };
  const semiSync = { rpl_semi_sync_source_timeout: '1000', binlog_expire_logs_seconds: '3600' };
  expect(problems(database({ settings: { ...settings, ...semiSync } }))).toEqual([
    "[dfw/db] 'settings.port' is '3307': a pair works by it; leave it out",
    "[dfw/db] 'settings.gtid-mode' is 'OFF': a pair works by it; leave it out",
    "[dfw/db] 'settings.sync_binlog' is '0': a pair works by it; leave it out",
    "[dfw/db] 'settings.skip_log_bin' is '': a pair works by it; leave it out",
    "[dfw/db] 'settings.rpl_semi_sync_source_timeout' is '1000': a pair works by it; leave it out",
  ]);
});

test('a setting by which one server would have what the other lacks is an error, by its old names, too', () => {
  const settings = {
    disabled_storage_engines: '',
    default_storage_engine: 'MyISAM',
    persisted_globals_load: 'ON',
    'binlog-format': 'STATEMENT',
    binlog_ignore_db: 'wiki',
    'replicate-wild-ignore-table': 'wiki.%',
    slave_skip_errors: 'all',
    log_slave_updates: 'OFF',
    rpl_semi_sync_master_wait_no_slave: 'OFF',
    skip_innodb_doublewrite: '',
  };
  const found = problems(database({ settings: { ...settings, innodb_flush_method: 'O_DIRECT' } }));
  expect(found).toEqual(
    Object.entries(settings).map(
      ([name, value]) => `[dfw/db] 'settings.${name}' is '${value}': a pair works by it; leave it out`,
    ),
  );
});

test('a table of an engine that a copy does not carry becomes InnoDB, for programs that do not set the mode themselves', () => {
  const lines = settingsOf(synth(database()))['my.cnf']!.split('\n');
  expect(lines).toContain(
    'disabled_storage_engines = MyISAM,MRG_MYISAM,MEMORY,CSV,ARCHIVE,BLACKHOLE,FEDERATED,EXAMPLE',
  );
  expect(lines.filter((line) => /= ["']/.test(line))).toEqual([]);
  const mode = lines.filter((line) => line.startsWith('sql_mode'));
  expect(mode).toEqual([expect.stringContaining('STRICT_TRANS_TABLES')]);
  expect(mode[0]).not.toContain('NO_ENGINE_SUBSTITUTION');
  expect(lines).toContain('persisted_globals_load = OFF');
});

test('a buffer pool and connections that do not fit into the RAM are an error, and fewer of the one make room for the other', () => {
  const wrong = (settings: Record<string, string>) => problems(database({ ram: Size.mebibytes(512), settings }));
  const why = 'at work take 191, and the pool has the rest; write less of it, or more ram';
  expect(wrong({ innodb_buffer_pool_size: '8G' })).toEqual([
    `[dfw/db] 'settings.innodb_buffer_pool_size' is '8G': of 464 MiB mysqld and 39 connections ${why}`,
  ]);
  expect(wrong({ 'innodb-buffer-pool-size': 'much' })[0]).toMatch(
    /is 'much': of 464 MiB .* and the pool has the rest; write a number with K, M or G, such as '128M'$/,
  );
  expect(wrong({ max_connections: 'many' })).toEqual([
    "[dfw/db] 'settings.max_connections' is 'many': write a whole number of connections",
  ]);
  expect(wrong({ max_connections: '5000' })[0]).toMatch(
    /'settings.max_connections' is '5000': of 464 MiB mysqld and 4988 connections at work take 5140/,
  );
  expect(wrong({ innodb_buffer_pool_size: '300M' })).not.toEqual([]);
  expect(wrong({ innodb_buffer_pool_size: '300M', max_connections: '24' })).toEqual([]);
  expect(wrong({ innodb_buffer_pool_size: String(128 * 2 ** 20) })).toEqual([]);
});

test('a replica keeps little of what it has applied, as its volume is as large as its primary’s', () => {
  expect(settingsOf(synth(database()))['my.cnf']!.split('\n')).toContain('max_relay_log_size = 8M');
});

test('a change of the configuration is a roll-out', () => {
  const names = [{}, { settings: { max_connections: '7' } }].map((props) => {
    const { spec } = find(synth(database(props)), 'StatefulSet', 'dfw-db').spec.template;
    return spec.volumes.find((each: Manifest) => each.name === 'settings').configMap.name;
  });
  expect(new Set(names).size).toBe(2);
});

test('no password is in a file of dist: each is a file of a Secret, and a Secret without it is waited for', () => {
  const objects = synth(database({ accounts: [{ name: 'reports' }] }));
  const { volumes, containers, initContainers } = find(objects, 'StatefulSet', 'dfw-db').spec.template.spec;
  const { sources } = volumes.find(({ name }: Manifest) => name === 'passwords').projected;
  const internal = ['replication', 'backup', 'agent'].map((user) => `dfw-db-internal-${user}`);
  const needed = sources.filter(({ secret }: Manifest) => !secret.optional);
  const names = needed.map(({ secret }: Manifest) => [secret.name, secret.items[0].key]);
  const secrets = ['dfw-db', 'dfw-db-reports', 'dfw-db-figures', ...internal];
  expect(names).toEqual(secrets.map((name) => [name, 'password']));
  for (const each of [containers[0], initContainers[0]]) {
    expect(JSON.stringify(each)).not.toContain('secretKeyRef');
    expect(each.volumeMounts).toContainEqual({ name: 'passwords', mountPath: '/secrets', readOnly: true });
  }
});

const REPORTS = { name: 'reports', databases: ['wiki'], readOnly: true };

test('a program that is given an account has its variables and no others, and reads where it may only read', () => {
  const site = newSite();
  const db = database({ databases: ['wiki', 'mail'], accounts: [REPORTS] }, site);
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image: 'example.org/r:1', uses: [db.account('reports')] });
  const objects = synth(site);
  const [apache] = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers;
  expect(apache.env.filter(({ name }: { name: string }) => /^(DB|REPORTS)_/.test(name))).toEqual([
    { name: 'REPORTS_HOST', value: '$(DFW_DB_READ_SERVICE_HOST)' },
    { name: 'REPORTS_PORT', value: '3306' },
    { name: 'REPORTS_NAME', value: 'wiki' },
    { name: 'REPORTS_USER', value: 'reports' },
    { name: 'REPORTS_PASSWORD', valueFrom: { secretKeyRef: { name: 'dfw-db-reports', key: 'password' } } },
  ]);
  expect(objects.some(({ metadata }) => metadata.name === 'dfw-web-to-dfw-db')).toBe(true);
});

test('an account that may only read one database is granted that, and what it was granted before is taken', () => {
  const script = settingsOf(synth(database({ databases: ['wiki', 'mail'], accounts: [REPORTS] })))['init.sql']!;
  expect(script.split('\n').filter((line) => line.includes("'reports'@"))).toEqual([
    "account 'reports'@'%' reports",
    "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'reports'@'%';",
    "GRANT REPLICATION CLIENT ON *.* TO 'reports'@'%';",
    "GRANT SELECT, SHOW VIEW ON `wiki`.* TO 'reports'@'%';",
  ]);
});

test('what reads figures has an account that reads the tables of the queue and of the blobs, before they are there, and no others', () => {
  const objects = synth(database());
  const start = settingsOf(objects)['init.sql'] as string;
  const grants = start
    .split('\n')
    .filter((line) => /^(GRANT|REVOKE) .* '?figures'?@?/.test(line.replaceAll("'figures'@'%'", 'figures')));
  expect(grants[0]).toBe("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'figures'@'%';");
  expect(grants.slice(1, 3)).toEqual([
    "GRANT SELECT, CREATE ON `wiki`.`device` TO 'figures'@'%';",
    "REVOKE CREATE ON `wiki`.`device` FROM 'figures'@'%';",
  ]);
  expect(grants).toHaveLength(1 + 2 * 7);
  const wanted = JSON.parse(find(objects, 'ConfigMap', 'required-secrets').data['dfw-db-figures']);
  expect(wanted).toEqual({ namespaces: ['dfw'], keys: { password: 'password' }, dual: true });
});

test('an account with a name that is taken, one of another database, and one that is nowhere are errors', () => {
  const db = database({ accounts: [{ name: 'backup' }, { name: 'a', databases: ['mail'] }, { name: 'a' }] });
  db.account('b');
  expect(problems(db)).toEqual([
    "[dfw/db] 'accounts' is 'backup': write up to 32 lower-case letters, digits and hyphens, and none that is taken, as agent, backup, replication, root, internal-agent, internal-backup, internal-replication, figures, dfw are",
    "[dfw/db] 'accounts.a.databases' is 'mail': name databases of the pair: wiki",
    "[dfw/db] 'accounts' is 'a': write it once",
    "[dfw/db] 'account' is 'b': name it in 'accounts', as in accounts: [{ name: 'b' }]",
  ]);
});

test.each(['backup', 'figures', 's'.repeat(33)])(
  'a site called %s, as no account of its own can be, is an error',
  (name) => {
    expect(problems(database({}, newSite(name)))).toEqual([
      `[${name}] 'id' is '${name}': ${name}/db has an account called so; write up to 32 lower-case letters, digits and hyphens, and none that is taken, as agent, backup, replication, root, internal-agent, internal-backup, internal-replication, figures are`,
    ]);
  },
);

test('with a certificate, mysqld, the other server and programs all have its authority', () => {
  const site = newSite();
  const db = database({ tls: { required: true } }, site);
  new WebTier(site, 'web', { ram: Size.gibibytes(1), image: 'example.org/wiki:1', uses: [db] });
  const objects = synth(site);
  expect(settingsOf(objects)['my.cnf']).toContain('ssl_ca = /etc/mysql-tls/ca.crt\n');
  expect(settingsOf(objects)['my.cnf']).toContain('require_secure_transport = ON\n');
  const agents = ofKind(objects, 'ConfigMap').find((each) => each.data['config.json']?.includes('mysql'));
  expect(JSON.parse(agents.data['config.json']).engine.ca).toBe('/etc/mysql-tls/ca.crt');
  const { containers, initContainers } = find(objects, 'StatefulSet', 'dfw-db').spec.template.spec;
  const mount = { name: 'tls', mountPath: '/etc/mysql-tls', readOnly: true };
  for (const each of [containers[0], initContainers[0]]) expect(each.volumeMounts).toContainEqual(mount);
  const [apache] = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers;
  expect(apache.env).toContainEqual({
    name: 'DB_CA',
    valueFrom: { secretKeyRef: { name: 'dfw-db-tls', key: 'ca.crt' } },
  });
  const wanted = find(objects, 'ConfigMap', 'required-secrets').data['dfw-db-tls'];
  expect(JSON.parse(wanted).hosts).toEqual(
    ['read', 'write']
      .map((what) => `dfw-db-${what}`)
      .concat(['dfw-db01', 'dfw-db02'])
      .map((each) => `${each}.dfw.svc.cluster.local`),
  );
});

test('a certificate of one’s own is referenced, and never made', () => {
  const wanted = find(synth(database({ tls: { secret: 'own' } })), 'ConfigMap', 'required-secrets').data['own'];
  expect(JSON.parse(wanted)).toEqual({ namespaces: ['dfw'], keys: {} });
});

test('a Secret that cannot be one of that name is an error', () => {
  expect(problems(database({ tls: { secret: 'My Secret' } }))).toEqual([
    "[dfw/db] 'tls.secret' is 'My Secret': write the name of a Secret, such as 'dfw-db-tls'",
  ]);
});

test('accounts and databases are made outside the binary log, so that each server can follow the other', () => {
  expect(settingsOf(synth(database()))['init.sql']).toMatch(/^SET SESSION sql_log_bin = 0;\n/);
});

test('its agents say where both of its names lead, and may write nothing else', () => {
  const objects = synth(database());
  for (const name of ['dfw-db-write', 'dfw-db-read'])
    expect(find(objects, 'Service', name).spec.selector).toBeUndefined();
  const { rules } = find(objects, 'Role', 'dfw-db-heartbeat');
  const slices = rules.filter(({ resources }: { resources: string[] }) => resources.includes('endpointslices'));
  expect(slices).toHaveLength(1);
  expect(slices[0].resourceNames).toEqual(['dfw-db-heartbeat', 'dfw-db-heartbeat-read']);
});

test('programs leave connections for the replica to come back by, however many of them wait', () => {
  const text = settingsOf(synth(database()))['my.cnf'] as string;
  const value = (name: string) => Number(new RegExp(`^${name} = (\\d+)$`, 'm').exec(text)?.[1]);
  expect(value('max_connections') - value('max_user_connections')).toBeGreaterThanOrEqual(12);
});
