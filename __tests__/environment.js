const { once } = require('node:events');
const { TestEnvironment } = require('jest-environment-node');

/** Node, where programs that a file's tests started have ended with them: `started.ts`. */
module.exports = class extends TestEnvironment {
  async teardown() {
    const { programsKeeper: keeper } = this.global;
    if (keeper && keeper.exitCode === null && keeper.signalCode === null) {
      const ended = once(keeper, 'exit');
      keeper.stdin.end();
      await ended;
    }
    await super.teardown();
  }
};
