/** Tests that need a cluster: the one that KUBECONFIG names. They change it, in namespaces of their own, two at a time. */

/** Too long for every change: with MORE=1 these run, and no others. */
const LONG = [
  'admin',
  'blobs',
  'cache',
  'edge',
  'failover',
  'front',
  'git-ops',
  'monitoring',
  'mysql-backup',
  'mysql-tls',
  'mysql-volume',
  'notify',
  'redis-list',
  'release',
  'scaling',
  'strangers',
  'table-queue',
  'valkey',
  'wordpress',
].map((name) => `/e2e/${name}\\.test\\.ts$`);
const more = Boolean(process.env['MORE']);

module.exports = {
  rootDir: __dirname,
  ...(more ? { testRegex: LONG } : { testMatch: ['**/*.test.ts'] }),
  // The whole site at once takes eight GiB and ten minutes: `npm run e2e:seed`.
  testPathIgnorePatterns: ['/seed/', '/alone/', ...(more ? [] : LONG)],
  transform: require('../jest.config.js').transform,
  // Most of their time they wait for the cluster.
  maxWorkers: 2,
  testTimeout: 600_000,
};
