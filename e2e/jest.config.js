/** Tests that need a cluster: the one that KUBECONFIG names. They change it, in namespaces of their own. */
module.exports = {
  rootDir: __dirname,
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  testTimeout: 600_000,
  ci: true,
};
