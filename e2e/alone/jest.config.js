/**
 * Tests that take a node, all of the CPU, or names of other tests' sites. Each runs with nothing beside it: `npm run e2e:alone`.
 */
module.exports = { ...require('../jest.config.js'), rootDir: __dirname, testPathIgnorePatterns: [], maxWorkers: 1 };
