/**
 * The whole site of the seed at once, on the cluster that KUBECONFIG names: eight GiB of requests, over three nodes.
 * `npm run e2e:seed -- drain` runs one file; CLUSTER names the program that takes a node's power, KEEP=1 leaves the site.
 */
module.exports = {
  ...require('../jest.config.js'),
  rootDir: __dirname,
  testPathIgnorePatterns: [],
  globalSetup: './set-up.ts',
  globalTeardown: './tear-down.ts',
};
