import type { Agent, Facts } from '../../agent/engine';
import { MySqlEngine } from '../../agent/mysql/engine';
import { connectFrom } from '../../simulation/connect';
import { manifestsOf } from '../../simulation/config';
import { PodFiles } from '../../simulation/files';
import { Machine, Process } from '../../simulation/machine';
import { Mysqld } from '../../simulation/mysqld/server';
import { Volume } from '../../simulation/mysqld/volume';
import { Network } from '../../simulation/network';
import { Random } from '../../simulation/random';
import { Schedule } from '../../simulation/schedule';
import { Trace } from '../../simulation/trace';

const FENCE = '/run/mysqld/agent';
const OWN = 'a0000000-0000-0000-0000-000000000000';
/** The facts of a Lease that names this server as the primary. */
const LED: Facts = { primary: OWN };
const OTHER = 'b0000000-0000-0000-0000-000000000000';

/** An engine beside a modelled mysqld, and what it does to it and says to the agent, in order. */
async function stage(durability: 'preferred' | 'required' = 'preferred') {
  const { config } = manifestsOf(1, durability);
  const { engine: settings } = config;
  if (settings.kind !== 'mysql') throw new Error('the manifests of a pair of MySQL servers name another engine');
  const schedule = new Schedule();
  const random = new Random(1);
  const network = new Network(schedule, random);
  const machine = new Machine('node1', schedule, random, 1);
  const process = new Process('agent', machine);
  const secrets = settings.accounts.map(({ user, folder }) => [`${folder}/password`, user] as const);
  const files = new PodFiles(new Map(secrets));
  const volume = new Volume(OWN);
  for (const { user } of settings.accounts) volume.passwords.set(user, { now: user, before: undefined });
  const done: string[] = [];
  const acknowledged: number[] = [];
  let server: Mysqld | undefined;
  /** The server of the other pod, where a test launches it. */
  let theirs: Mysqld | undefined;
  const theirHost = settings.slices[config.pods[1]!];
  const around = {
    network,
    random,
    trace: new Trace(schedule),
    find: (host: string) =>
      host === 'own' ? { machine, server } : host === theirHost ? { machine, server: theirs } : undefined,
  };
  const observer = {
    opened: () => void done.push('takes writes'),
    received: () => undefined,
    acknowledged: (_: Mysqld, row: number) => void acknowledged.push(row),
    terminated: () => undefined,
  };
  const launch = () => {
    server = new Mysqld('own', volume, machine, around, observer, () => (server = undefined));
  };
  launch();
  const launchOther = () => {
    const other = new Volume(OTHER);
    for (const { user } of settings.accounts) other.passwords.set(user, { now: user, before: undefined });
    theirs = new Mysqld('other', other, machine, around, { ...observer, opened: () => undefined }, () => undefined);
  };
  const agent = {
    facts: {} as Facts,
    active: true,
    fails: false,
    publish: async (facts: Readonly<Record<string, string | undefined>>) => {
      if (agent.fails) throw new Error('failed to publish facts: the lease was lost');
      if ('primary' in facts) done.push(`publishes ${facts['primary'] === OWN ? 'itself' : 'another'}`);
      const kept = Object.entries({ ...agent.facts, ...facts }).filter(([, value]) => value !== undefined);
      agent.facts = Object.fromEntries(kept) as Facts;
    },
  };
  const forEngine: Agent = {
    publish: (facts) => agent.publish(facts),
    active: () => agent.active,
    facts: () => agent.facts,
    recheck: () => undefined,
    noteOfOther: () => undefined,
    otherLeaves: () => false,
    event: () => undefined,
  };
  const connect = connectFrom(process, around, 'own');
  const host = { clock: process, connect, files, boot: () => 'boot-1', uptime: () => machine.now() / 1000 };
  const engine = new MySqlEngine(config, settings, config.pods[0]!, forEngine, () => undefined, host);
  /** The outcome of a promise, in virtual time. */
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let over = false;
    const end = () => void (over = true);
    promise.then(end, end);
    while (!over) await schedule.run(schedule.now + 100, () => over);
    return promise;
  };
  const pass = (ms: number) => schedule.run(schedule.now + ms);
  const write = async (row: number) => {
    const client = connectFrom(process, around, 'own');
    const connection = await settle(client({ host: 'own', user: 'site', password: 'site', timeoutMs: 9_000 }));
    return connection.query(`INSERT INTO site.written VALUES (${row})`).then(
      () => 'OK',
      (error: Error) => error.message,
    );
  };
  await pass(6_000);
  return {
    engine,
    agent,
    files,
    volume,
    done,
    acknowledged,
    settle,
    pass,
    write,
    launch,
    launchOther,
    leader: config.pods[1]!,
    server: () => server,
    now: () => machine.now(),
    giveUpMs: config.timings.giveUpMs,
  };
}

const until = (files: PodFiles) => files.read(`${FENCE}/active-until`);

test('a server that is to lead says so in the Lease before it takes writes', async () => {
  const { engine, agent, done, settle, server } = await stage();
  await settle(engine.promote({ term: 1, facts: LED }));
  expect(done).toEqual(['publishes itself', 'takes writes']);
  expect(agent.facts).toMatchObject({ primary: OWN, term: '1' });
  expect(server()!.takesWrites).toBe(true);
});

test('a replica applies all that it received before it takes writes, and forgets whom it received it from', async () => {
  const { engine, volume, agent, settle, pass } = await stage();
  volume.source = { host: 'gone', port: 3306, user: 'replication', password: 'replication' };
  volume.receive({ gtid: { uuid: OTHER, number: 1 }, row: 7, ms: 300 });
  const facts = { primary: OTHER, replica: OWN, boot: 'boot-1' };
  agent.facts = facts;
  await settle(engine.promote({ term: 2, facts }));
  expect([...volume.rows]).toEqual([7]);
  await pass(2_000);
  expect(volume.source).toBeUndefined();
});

test('a server that could not be opened is not left half open', async () => {
  const { engine, files, server, settle } = await stage();
  const { lock } = server()!;
  const set = lock.set.bind(lock);
  lock.set = (variable, on, done) => {
    if (variable === 'read_only' && !on) for (const session of server()!.sessions) session.end();
    return set(variable, on, done);
  };
  await expect(settle(engine.promote({ term: 1, facts: LED }))).rejects.toThrow('closed the connection');
  expect(until(files)).toBe('0\n');
});

test('a replica is ready once the Lease names it, not when it has caught up', async () => {
  const { engine, agent, files, pass, launchOther, leader } = await stage();
  launchOther();
  await pass(6_000);
  agent.facts = { primary: OTHER };
  await engine.follow({ pod: leader, address: '10.0.0.2', term: 1, facts: agent.facts });
  await pass(6_000);
  expect([engine.readable(), files.read(`${FENCE}/ready`)]).toEqual([true, undefined]);
  agent.facts = { primary: OTHER, replica: OWN, boot: 'boot-1' };
  await pass(1_000);
  expect(files.read(`${FENCE}/ready`)).toBe('');
});

test('a server whose facts could not be written takes no writes', async () => {
  const { engine, agent, done, settle, server } = await stage();
  agent.fails = true;
  await expect(settle(engine.promote({ term: 1, facts: LED }))).rejects.toThrow('failed to publish facts');
  expect(done).toEqual([]);
  expect(server()!.takesWrites).toBe(false);
});

test('a server that may lack something does not lead, and says why', async () => {
  const { engine, volume, done, settle } = await stage();
  volume.execute(volume.logOwn(1, 0).transaction);
  const facts = { primary: OTHER };
  expect((await settle(engine.mayLead(facts))).well).toBe(false);
  await expect(settle(engine.promote({ term: 2, facts }))).rejects.toThrow('it may lack what the primary acknowledged');
  expect(done).toEqual([]);
});

test('a primary may run on for as long as its Lease is good for, and no longer once nobody renews that', async () => {
  const { engine, agent, files, settle, pass, now, giveUpMs } = await stage();
  await settle(engine.promote({ term: 1, facts: LED }));
  for (let times = 0; times < 8; times++) {
    await pass(250);
    const left = Number(until(files)) * 10 - now();
    expect(left).toBeGreaterThan(giveUpMs - 300);
    expect(left).toBeLessThanOrEqual(giveUpMs + 10);
  }
  agent.active = false;
  const last = until(files);
  await pass(1_000);
  expect(until(files)).toBe(last);
});

test('a primary that is made a standby refuses writes, and is left alone from then on', async () => {
  const { engine, files, settle, pass, write, server } = await stage();
  await settle(engine.promote({ term: 1, facts: LED }));
  expect(await settle(write(1))).toBe('OK');
  await settle(engine.demote('it hands over', true));
  expect([server()!.takesWrites, until(files)]).toEqual([false, undefined]);
  expect(files.read(`${FENCE}/refuses`)).toBe('');
  await pass(2_000);
  expect(server()!.semiSync.enabled).toBe(false);
});

test('a primary whose commits wait is ended rather than left open, and acknowledges none of them', async () => {
  const { engine, acknowledged, files, settle, pass, write } = await stage('required');
  await settle(engine.promote({ term: 1, facts: LED }));
  const waiting = write(1);
  await pass(500);
  await settle(engine.demote('the lease ran out', false));
  expect(until(files)).toBe('0\n');
  await pass(3_000);
  expect(await settle(waiting)).toBe('the server closed the connection');
  expect(acknowledged).toEqual([]);
});

test('a primary that takes no writes does not work, and one that is gone does not for certain', async () => {
  const { engine, settle, server } = await stage();
  await settle(engine.promote({ term: 1, facts: LED }));
  expect(await settle(engine.check())).toEqual({ well: true, reason: 'it answers' });
  server()!.lock.set('super_read_only', true, () => undefined);
  expect(await settle(engine.check())).toEqual({ well: false, reason: 'it was restarted, and takes no writes' });
  server()!.kill();
  await settle(engine.check());
  expect(await settle(engine.check())).toMatchObject({ well: false, gone: true });
});

test('a primary that was started again takes writes once its commits wait for a replica', async () => {
  const { engine, done, settle, pass, launch, server } = await stage('required');
  await settle(engine.promote({ term: 1, facts: LED }));
  server()!.kill();
  launch();
  expect(server()!.semiSync.enabled).toBe(false);
  await pass(6_000);
  expect([server()!.takesWrites, server()!.semiSync.enabled]).toEqual([true, true]);
  expect(done).toEqual(['publishes itself', 'takes writes', 'takes writes']);
});

test('a standby that takes writes, for whatever reason, is made to refuse them', async () => {
  const { settle, pass, server } = await stage();
  const lock = server()!.lock;
  lock.set('super_read_only', false, () => undefined);
  lock.set('read_only', false, () => undefined);
  server()!.semiSync.setEnabled(true);
  expect(server()!.takesWrites).toBe(true);
  await settle(pass(2_000));
  expect([server()!.takesWrites, server()!.semiSync.enabled]).toEqual([false, false]);
});

test('a server is ready while it takes writes, and not once it gives that up', async () => {
  const { engine, files, settle } = await stage();
  expect(files.read(`${FENCE}/ready`)).toBeUndefined();
  await settle(engine.promote({ term: 1, facts: LED }));
  expect(files.read(`${FENCE}/ready`)).toBe('');
  await settle(engine.demote('it hands over', true));
  expect(files.read(`${FENCE}/ready`)).toBeUndefined();
});
