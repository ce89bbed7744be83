/** Unit tests: no cluster, no network. `e2e/jest.config.js` has those that need a cluster. */
module.exports = {
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: '<rootDir>/__tests__/environment.js',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true },
        },
      },
    ],
  },
  // A busy machine is no reason to fail.
  testTimeout: 60_000,
};
