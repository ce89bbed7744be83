import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ValkeyClient } from '../agent/valkey/client';
import { NOBODY, ValkeyServer } from '../agent/valkey/server';
import { Machine, Process } from '../simulation/machine';
import { Network } from '../simulation/network';
import { Random } from '../simulation/random';
import { Schedule } from '../simulation/schedule';
import { Trace } from '../simulation/trace';
import { ValkeyModel } from '../simulation/valkey/server';
import type { Surroundings } from '../simulation/valkey/server';
import { Volume } from '../simulation/valkey/volume';
import { connectFrom } from '../simulation/valkey/wire';
import { Lease, Slice, freePort } from './agent/valkey-lab';
import { testWith } from './tools';

/**
 * The simulation stands on a model of valkey-server. Each of these says what valkey-server does, and is tried on the model and on the
 * real one with the settings of a pair: where one of the two does something else, the model is wrong.
 */
jest.setTimeout(60_000);
const testValkey = testWith('valkey');

interface Side {
  readonly server: ValkeyServer;
  readonly place: readonly [host: string, port: number];
  /** Writes a row as a program does; returns `OK`, or the first word of what it says. */
  write(row: number): Promise<string>;
  /** Ends it by SIGKILL; it is started again. */
  kill(): void;
}

interface Laboratory {
  readonly one: Side;
  readonly two: Side;
  pass(ms: number): Promise<void>;
}

const PASSWORDS = { internal: 'agents', default: 'programs' };

function sideOf(client: (user: keyof typeof PASSWORDS) => ValkeyClient, rest: Omit<Side, 'server' | 'write'>): Side {
  return {
    ...rest,
    server: new ValkeyServer(client('internal')),
    write: (row) =>
      client('default')
        .ask('SET', String(row), '1')
        .then(String, (error: Error) => error.message.split(' ')[0]!),
  };
}

async function onModel(scenario: (lab: Laboratory) => Promise<void>): Promise<void> {
  const [schedule, random] = [new Schedule(), new Random(1)];
  const network = new Network(schedule, random);
  const hash = (text: string) => [createHash('sha256').update(text).digest('hex')];
  const accounts = new Map(Object.entries(PASSWORDS).map(([user, password]) => [user, hash(password)]));
  const places: Record<string, { readonly machine: Machine; server: ValkeyModel | undefined }> = {};
  const around: Surroundings = { network, random, trace: new Trace(schedule), find: (host) => places[host] };
  const nothing = () => undefined;
  const side = (host: string): Side => {
    const machine = new Machine(host, schedule, random, 1);
    const volume = new Volume(host);
    const start = () => {
      const ended = () => void schedule.after(10, start);
      const observer = { opened: nothing, acknowledged: nothing };
      const server = new ValkeyModel(host, volume, machine, around, accounts, observer, ended);
      places[host] = { machine, server };
    };
    start();
    const process = new Process(`client of ${host}`, machine);
    const client = (user: keyof typeof PASSWORDS) => {
      const address = { at: { host, port: 6379 }, user, passwords: () => [PASSWORDS[user]] };
      return new ValkeyClient(address, 2_000, nothing, process, connectFrom(process, around, host));
    };
    return sideOf(client, { place: [host, 6379], kill: () => places[host]!.server!.kill() });
  };
  const pass = (ms: number) => schedule.sleep(ms);
  let settled = false;
  const run = pass(5_000)
    .then(() => scenario({ one: side1, two: side2, pass }))
    .finally(() => (settled = true));
  const [side1, side2] = [side('one'), side('two')];
  run.catch(nothing);
  await schedule.run(300_000, () => settled);
  await run;
}

async function onServers(scenario: (lab: Laboratory) => Promise<void>): Promise<void> {
  const slices: Slice[] = [];
  const side = async (pod: string): Promise<Side> => {
    const port = await freePort();
    const slice = new Slice(pod, port, new Lease(), {}, 'required', undefined);
    slices.push(slice);
    slice.start();
    const client = (user: keyof typeof PASSWORDS) =>
      new ValkeyClient({ at: { host: '127.0.0.1', port }, user, passwords: () => [PASSWORDS[user]] }, 5_000);
    return sideOf(client, { place: ['127.0.0.1', port], kill: () => slice.signal('SIGKILL') });
  };
  try {
    const lab = { one: await side('kv-1'), two: await side('kv-2'), pass: (ms: number) => sleep(ms) };
    await until(lab, () => Promise.all([lab.one, lab.two].map(({ server }) => server.standing())).then(() => true));
    await scenario(lab);
  } finally {
    for (const slice of slices) await slice.stop();
  }
}

function valkey(does: string, scenario: (lab: Laboratory) => Promise<void>): void {
  test(`the model ${does}`, () => onModel(scenario));
  testValkey(`valkey-server ${does}`, () => onServers(scenario));
}

async function until({ pass }: Pick<Laboratory, 'pass'>, holds: () => Promise<boolean>): Promise<void> {
  let last: unknown = 'it does not hold';
  for (let left = 200; left > 0; left--) {
    if (await holds().catch((error: unknown) => ((last = error), false))) return;
    await pass(100);
  }
  throw new Error(`not in time: ${String(last)}`);
}

/** The second server follows the first one, and has everything. */
async function follows(lab: Laboratory, replica = lab.two, source = lab.one): Promise<void> {
  await replica.server.set('primaryauth', PASSWORDS.internal);
  await replica.server.follow(...source.place);
  await until(lab, async () => {
    const { linked, loading, logged, offset } = await replica.server.standing();
    return linked && !loading && logged && offset === (await source.server.standing()).offset;
  });
}

async function leads({ one }: Laboratory, needed = 0): Promise<void> {
  await one.server.set('min-replicas-to-write', String(needed));
  await one.server.lead();
}

valkey('starts as a replica of nobody that takes no writes', async ({ one }) => {
  expect(await one.server.standing()).toMatchObject({ leads: false, linked: false, syncing: false, keys: 0 });
  expect(await one.write(1)).toBe('READONLY');
});

valkey('refuses writes as long as it has fewer replicas than it needs, and takes them with enough', async (lab) => {
  await leads(lab, 1);
  expect(await lab.one.write(1)).toBe('NOREPLICAS');
  await follows(lab);
  await until(lab, async () => (await lab.one.write(2)) === 'OK');
  await until(lab, async () => (await lab.two.server.standing()).keys === 1);
  await lab.one.server.set('min-replicas-to-write', '2');
  expect(await lab.one.write(3)).toBe('NOREPLICAS');
});

valkey('gives no copy as long as it follows nobody', async (lab) => {
  await leads(lab);
  expect(await lab.one.write(1)).toBe('OK');
  await lab.one.server.follow(NOBODY.host, NOBODY.port);
  await lab.two.server.set('primaryauth', PASSWORDS.internal);
  await lab.two.server.follow(...lab.one.place);
  await lab.pass(3_000);
  expect(await lab.two.server.standing()).toMatchObject({ linked: false, keys: 0 });
});

valkey('keeps its replica when it is told to follow nobody', async (lab) => {
  await leads(lab);
  await follows(lab);
  await lab.one.server.follow(NOBODY.host, NOBODY.port);
  await lab.pass(1_500);
  expect(await lab.two.server.standing()).toMatchObject({ leads: false, linked: true });
});

valkey(
  'goes on in another history when it begins to lead, and its former source goes on in that without a copy',
  async (lab) => {
    await leads(lab);
    await follows(lab);
    expect(await lab.one.write(1)).toBe('OK');
    await until(lab, async () => (await lab.two.server.standing()).keys === 1);
    await lab.one.server.follow(NOBODY.host, NOBODY.port);
    const before = await lab.two.server.standing();
    await lab.two.server.set('min-replicas-to-write', '0');
    await lab.two.server.lead();
    const after = await lab.two.server.standing();
    expect(after.history).not.toBe(before.history);
    expect(after.before).toEqual({ history: before.history, offset: before.offset + 1 });
    expect(await lab.two.write(2)).toBe('OK');
    const { run } = await lab.one.server.standing();
    await follows(lab, lab.one, lab.two);
    expect(await lab.one.server.standing()).toMatchObject({ run, history: after.history, keys: 2 });
  },
);

valkey(
  'is another run of another history after a SIGKILL, takes no writes, and has what it acknowledged',
  async (lab) => {
    await leads(lab);
    expect(await lab.one.write(1)).toBe('OK');
    const before = await lab.one.server.standing();
    lab.one.kill();
    await until(lab, async () => {
      const { run, loading } = await lab.one.server.standing();
      return run !== before.run && !loading;
    });
    const after = await lab.one.server.standing();
    expect(after).toMatchObject({ leads: false, keys: 1 });
    expect(after.history).not.toBe(before.history);
  },
);
