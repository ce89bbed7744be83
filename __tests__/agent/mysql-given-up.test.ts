import { GivenUp } from '../../agent/mysql/given-up';
import { MySqlServer } from '../../agent/mysql/server';
import { connectFrom } from '../../simulation/connect';
import { Machine, Process } from '../../simulation/machine';
import { Mysqld } from '../../simulation/mysqld/server';
import { Volume } from '../../simulation/mysqld/volume';
import { Network } from '../../simulation/network';
import { Random } from '../../simulation/random';
import { Schedule } from '../../simulation/schedule';
import { Trace } from '../../simulation/trace';

const NOTHING = () => undefined;
const OBSERVER = { opened: NOTHING, received: NOTHING, acknowledged: NOTHING, terminated: NOTHING };
const LATER = 'SET GLOBAL rpl_semi_sync_source_timeout = 2';
const EARLIER = 'SET GLOBAL rpl_semi_sync_source_timeout = 1';

/** A modelled mysqld, and connections of agents to it. */
async function stage(seed: number) {
  const schedule = new Schedule();
  const random = new Random(seed);
  const machine = new Machine('node1', schedule, random, 1);
  const volume = new Volume('a0000000-0000-0000-0000-000000000000');
  volume.passwords.set('agent', { now: 'agent', before: undefined });
  const launch = (): Mysqld => new Mysqld('own', volume, machine, around, OBSERVER, NOTHING);
  const around = {
    network: new Network(schedule, random),
    random,
    trace: new Trace(schedule),
    find: () => ({ machine, server }),
  };
  let server = launch();
  /** An agent of its own: a process, and what all its connections share. */
  const agent = () => {
    const process = new Process('agent', machine);
    const givenUp = new GivenUp(process);
    const connect = connectFrom(process, around, 'own');
    const address = { socketPath: 'socket', user: 'agent', password: 'agent', timeoutMs: 9_000 };
    return {
      process,
      server: (shared: GivenUp | undefined = givenUp) => new MySqlServer(address, undefined, connect, process, shared),
      alone: () => new MySqlServer(address, undefined, connect, process),
    };
  };
  const settle = async (work: Promise<unknown>): Promise<string> => {
    let said: string | undefined;
    work.then(
      () => (said = 'OK'),
      (error: Error) => (said = error.message),
    );
    while (said === undefined) await schedule.run(schedule.now + 50, () => said !== undefined);
    return said;
  };
  const pass = (ms: number) => schedule.run(schedule.now + ms);
  await pass(6_000);
  return {
    agent,
    settle,
    pass,
    mysqld: () => server,
    restart: async () => {
      server.kill();
      server = launch();
      await pass(6_000);
    },
  };
}

/** One connection sends a statement and gives it up, then another one says otherwise. Returns what holds in the end. */
async function lateStatement(seed: number, knowOfEachOther: boolean): Promise<number> {
  const { agent, settle, pass, mysqld } = await stage(seed);
  const { server, alone } = agent();
  const [first, second] = knowOfEachOther ? [server(), server()] : [alone(), alone()];
  await settle(Promise.all([first.query('DO 1'), second.query('DO 1')]));
  mysqld().slowMs = 6_000;
  expect(await settle(first.query(EARLIER, 100))).toContain('no answer within 100 ms');
  mysqld().slowMs = 0;
  for (let tries = 0; (await settle(second.query(LATER))) !== 'OK'; tries++) expect(tries).toBeLessThan(20);
  await pass(10_000);
  return mysqld().semiSync.timeoutMs;
}

const SEEDS = Array.from({ length: 30 }, (_, index) => index + 1);

test('a statement that was given up does not come after the next one, whichever connection sends that', async () => {
  for (const seed of SEEDS) expect([seed, await lateStatement(seed, true)]).toEqual([seed, 2]);
});

test('connections that do not know of each other have no such order', async () => {
  const found = [];
  for (const seed of SEEDS) found.push(await lateStatement(seed, false));
  expect(found).toContain(1);
});

test('nor does what the agent before this one has sent', async () => {
  for (const seed of SEEDS) {
    const { agent, settle, pass, mysqld } = await stage(seed);
    const before = agent();
    const first = before.server();
    await settle(first.query(LATER));
    mysqld().slowMs = 6_000;
    void first.query(EARLIER).catch(NOTHING);
    await pass(20);
    before.process.end();
    mysqld().slowMs = 0;
    const second = agent().server();
    for (let tries = 0; (await settle(second.query(LATER))) !== 'OK'; tries++) expect(tries).toBeLessThan(20);
    await pass(10_000);
    expect([seed, mysqld().semiSync.timeoutMs]).toEqual([seed, 2]);
  }
});

test('a connection to a mysqld that was started again is not taken for one of before', async () => {
  const { agent, settle, mysqld, restart } = await stage(1);
  const { server } = agent();
  const [first, second, third] = [server(), server(), server()];
  await settle(Promise.all([first.query('DO 1'), second.query('DO 1')]));
  mysqld().slowMs = 100_000;
  expect(await settle(first.query(EARLIER, 100))).toContain('no answer');
  await restart();
  expect(await settle(third.query('DO 1'))).toBe('OK');
  const open = mysqld().sessions.size;
  expect(await settle(second.query(LATER))).toBe('OK');
  expect(mysqld().sessions.size).toBe(open + 1);
});

test('what only reads is asked at once', async () => {
  const { agent, settle, mysqld } = await stage(1);
  const { server } = agent();
  const [first, second] = [server(), server()];
  await settle(Promise.all([first.query('DO 1'), second.query('DO 1')]));
  mysqld().slowMs = 100_000;
  expect(await settle(first.query(EARLIER, 100))).toContain('no answer');
  mysqld().slowMs = 0;
  const before = mysqld().sessions.size;
  expect(await settle(second.query('SELECT @@server_uuid AS uuid'))).toBe('OK');
  expect(mysqld().sessions.size).toBe(before);
});
