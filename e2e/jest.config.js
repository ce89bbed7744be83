/** Tests that need a cluster: the one that KUBECONFIG names. They change it, in namespaces of their own. */
module.exports = {
  rootDir: __dirname,
  testMatch: ['**/*.test.ts'],
  // The whole site at once takes eight GiB and ten minutes: `npm run e2e:seed`.
  testPathIgnorePatterns: process.env['SEED'] ? [] : ['/seed/'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  testTimeout: 600_000,
  ci: true,
};
