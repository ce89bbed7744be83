/** Tests that need a cluster: the one that KUBECONFIG names. They change it, in namespaces of their own, two at a time. */
module.exports = {
  rootDir: __dirname,
  testMatch: ['**/*.test.ts'],
  // Too long for every change: `npm run e2e:more`, which runs
  // them all; the whole site at once, which takes eight GiB and ten minutes, is `npm run e2e:seed`.
  testPathIgnorePatterns: [
    '/seed/',
    '/alone/',
    ...(process.env['MORE']
      ? []
      : [
          '/(admin|blobs|cache|edge|failover|git-ops|monitoring|mysql-backup|mysql-tls|mysql-volume|notify|redis-list|release|scaling|strangers|table-queue|valkey|wordpress)\\.test\\.ts$',
        ]),
  ],
  transform: require('../jest.config.js').transform,
  // Most of their time they wait for the cluster.
  maxWorkers: 2,
  testTimeout: 600_000,
};
