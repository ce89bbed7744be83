import { parseBackupTask } from '../../contract/backup-environment';

const STORE = {
  S3_ENDPOINT: 'https://s3.example.org',
  S3_BUCKET: 'backups',
  S3_REGION: 'us-east-1',
  S3_ACCESS_KEY: 'key',
  S3_SECRET_KEY: 'secret',
  BACKUP_PREFIX: 'dfw-db',
};
const SERVER = { MYSQL_HOST: 'dfw-db-read', MYSQL_USER: 'backup', MYSQL_PASSWORD: 'word' };
const PLACE = { RESTORE_AT: 'dfw-db-1', RESTORE_UNLESS: '/data' };
const OTHERS = { PATH: '/bin', NODE_VERSION: '24.0.0', KUBERNETES_SERVICE_HOST: '10.0.0.1' };

const parsed = (words: string[], env: Record<string, string>) =>
  parseBackupTask(words, { ...OTHERS, ...STORE, ...env });

test('each command reads its own variables, and the store', () => {
  const store = {
    endpoint: 'https://s3.example.org',
    bucket: 'backups',
    region: 'us-east-1',
    accessKey: 'key',
    secretKey: 'secret',
  };
  const at = { prefix: 'dfw-db', store };
  expect(parsed(['dump', '/pipe'], { KEEP_DAYS: '14' })).toEqual({
    ...at,
    command: 'dump',
    pipe: '/pipe',
    keepDays: 14,
  });
  const server = { host: 'dfw-db-read', port: 3306, user: 'backup', password: 'word' };
  expect(parsed(['logs'], SERVER)).toEqual({ ...at, command: 'logs', server });
  expect(parsed(['logs'], { ...SERVER, MYSQL_PORT: '3307' })).toMatchObject({ server: { port: 3307 } });
  expect(parsed(['fetch', '/f'], {})).toEqual({ ...at, command: 'fetch', folder: '/f', until: '' });
  const only = { pod: 'dfw-db-1', unless: '/data' };
  expect(parsed(['fetch', '/f'], { ...PLACE, RESTORE_UNTIL: 'uuid:7' })).toMatchObject({ until: 'uuid:7', only });
});

test.each<[string, string[], Record<string, string>]>([
  ['S3_BUCKET must be set in the environment', ['logs'], { ...SERVER, S3_BUCKET: '' }],
  ['S3_BUKET is not a key of the configuration', ['logs'], { ...SERVER, S3_BUKET: 'a' }],
  ['RESTORE_UNTILL is not a key of the configuration', ['fetch', '/f'], { RESTORE_UNTILL: '2026-11-24T19:00:00Z' }],
  ['KEEP_DAYS must be a whole number from 1 to 36500, got undefined', ['dump', '/pipe'], {}],
  ['KEEP_DAYS must be a whole number from 1 to 36500, got "0"', ['dump', '/pipe'], { KEEP_DAYS: '0' }],
  ['KEEP_DAYS must be a whole number from 1 to 36500, got "14d"', ['dump', '/pipe'], { KEEP_DAYS: '14d' }],
  ['MYSQL_HOST must be set in the environment', ['logs'], { MYSQL_USER: 'a', MYSQL_PASSWORD: 'b' }],
  ['MYSQL_PASSWORD must be set in the environment', ['logs'], { MYSQL_USER: 'a', MYSQL_HOST: 'b' }],
  ['MYSQL_PORT must be a whole number from 1 to 65535', ['logs'], { ...SERVER, MYSQL_PORT: 'tcp://10.0.0.1:3306' }],
  ['PIPE must be set', ['dump'], { KEEP_DAYS: '14' }],
  ['FOLDER must be set', ['fetch'], {}],
  ['RESTORE_UNLESS must be set in the environment', ['fetch', '/f'], { RESTORE_AT: 'dfw-db-1' }],
  ['RESTORE_AT must be set in the environment', ['fetch', '/f'], { RESTORE_UNLESS: '/data' }],
  ["there is no command 'prune'; there are dump, logs and fetch", ['prune'], {}],
  ["there is no command ''", [], {}],
])('refuses with: %s', (message, words, env) => {
  expect(() => parsed(words, env)).toThrow(message);
});
