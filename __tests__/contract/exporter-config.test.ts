import { parseExporterConfig } from '../../contract/exporter-config';

const SERVER = { kind: 'memcached', host: 'memc01', port: 11211 };
const QUERY = {
  kind: 'queries',
  host: 'db',
  port: 3306,
  user: 'figures',
  passwordVariable: 'DB_PASSWORD',
  database: 'forum',
  statement: 'SELECT 1',
  prefix: 'forum',
  labels: ['kind'],
};
const targets = (target: object) => JSON.stringify({ port: 9150, targets: { one: target } });

test.each([
  SERVER,
  { ...SERVER, kind: 'apache' },
  { ...SERVER, kind: 'nginx' },
  { ...SERVER, kind: 'certificate', serverName: 'example.org' },
  { ...SERVER, kind: 'mail-certificate' },
  { kind: 'cron-job', namespace: 'dfw', name: 'dfw-db-dump' },
  QUERY,
])('a target %p is taken as it is', (target) => {
  expect(parseExporterConfig(targets(target)).targets['one']).toEqual(target);
});

test.each<[string, object]>([
  ["targets.one.kind must be 'apache'", { ...SERVER, kind: 'redis' }],
  ['targets.one.port must be a port number', { ...SERVER, port: '11211' }],
  ['targets.one.at is not a key', { kind: 'memcached', at: 'memc01:11211' }],
  ['targets.one.servername is not a key', { ...SERVER, servername: 'example.org' }],
  ['targets.one.password is not a key', { ...QUERY, password: 'word' }],
  ['targets.one.host is not a key', { kind: 'cron-job', namespace: 'a', name: 'b', host: 'c' }],
])('refuses with: %s', (message, target) => {
  expect(() => parseExporterConfig(targets(target))).toThrow(message);
});

test('refuses a key beside the targets that the exporter does not read', () => {
  expect(() => parseExporterConfig('{"port":9150,"targets":{},"asks":{}}')).toThrow('asks is not a key');
});
