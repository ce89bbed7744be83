import type { Config, Place } from '../../agent/config';
import type { Elector } from '../../agent/elector';
import type { Engine, Verdict } from '../../agent/engine';
import { EngineMonitor } from '../../agent/engine-monitor';
import { Heartbeat } from '../../agent/heartbeat';
import type { Outside } from '../../agent/heartbeat';
import type { LeaseRecord } from '../../agent/leader';
import type { Status } from '../../agent/peer';

const CONFIG = {
  pods: ['lb-1', 'lb-2'],
  timings: { leaseMs: 1000, renewMs: 250, giveUpMs: 800 },
  handover: { withinMs: 300, settleMs: 10 },
  check: { everyMs: 1, timeoutMs: 1, failures: 2 },
  traffic: { everyone: false },
} as unknown as Config;
const PLACE: Place = { pod: 'lb-1', address: '10.0.0.1', node: 'node1' };
const WELL: Verdict = { well: true, reason: 'status 200' };
const ILL: Verdict = { well: false, reason: 'connection refused' };
const peer = (more: Partial<Status>): Status => ({
  pod: 'lb-2',
  phase: 'standby',
  term: undefined,
  ready: true,
  why: 'it answers',
  well: true,
  leaving: false,
  readable: false,
  note: undefined,
  readers: [],
  pointed: undefined,
  ...more,
});
const took: Partial<Status> = { phase: 'active', term: 5, ready: false, pointed: { term: 5, pods: ['lb-2'] } };

/** A heartbeat whose every neighbour writes down what it is asked to do. */
function stage(config: Partial<Config> = {}, engine: Partial<Engine> = {}) {
  const done: string[] = [];
  const peers: Status[][] = [];
  const clock = {
    now: () => performance.now(),
    after: (ms: number, then: () => void) => (setTimeout(then, ms), () => undefined),
  };
  const whole: Engine = {
    check: async () => WELL,
    mayLead: async () => WELL,
    promote: async ({ term }) => void done.push(`promote ${term}`),
    demote: async (reason) => void done.push(`demote: ${reason}`),
    follow: async ({ pod, term }) => void done.push(`follow ${pod} ${term}`),
    ...engine,
  };
  const outside: Outside = {
    pointHere: async (leaving) => void done.push(`point here${leaving ? `, ${leaving.pod} leaves` : ''}`),
    event: (_, reason) => void done.push(reason),
    lookForPods: async () => undefined,
    statuses: async () => peers.shift() ?? [],
  };
  const elector = {
    term: 4 as number | undefined,
    active: () => elector.term !== undefined,
    nudge: () => done.push('nudge'),
    release: async (_: number, facts: object) => {
      elector.term = undefined;
      done.push(`release${'leaving' in facts ? ' and name the one that leaves' : ''}`);
    },
    lease: undefined,
  };
  const heartbeat = new Heartbeat({ ...CONFIG, ...config }, PLACE, clock, whole, outside, () => undefined);
  heartbeat.attach(elector as unknown as Elector);
  heartbeat.checked(WELL, 0, true);
  done.length = 0;
  return { heartbeat, elector, done, peers, clock };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
const record = (pod: string, term: number, more: Record<string, string> = {}): LeaseRecord => ({
  holder: `${pod}_x`,
  term,
  version: '1',
  facts: { pod, address: '10.0.0.2', ...more },
});

async function active(...more: Parameters<typeof stage>) {
  const staged = stage(...more);
  staged.heartbeat.won(4, undefined, { reason: 'nobody held the lease', ms: 0 });
  await settled();
  staged.done.length = 0;
  return staged;
}

test('who wins makes traffic come while its engine is promoted, then the world is told', async () => {
  const { heartbeat, done } = stage();
  heartbeat.won(4, record('lb-2', 3), { reason: 'its lease ran out', ms: 990 });
  expect(heartbeat.active()).toBe(false);
  await settled();
  expect(heartbeat.active()).toBe(true);
  expect(done).toEqual(['point here', 'promote 4', 'HeartbeatTookOver']);
});

test('after a handover the one that leaves stays named while it answers', async () => {
  const { heartbeat, done } = stage();
  const leaving = JSON.stringify({ pod: 'lb-2', address: '10.0.0.2', node: 'node2' });
  heartbeat.won(4, { ...record('lb-2', 3, { leaving }), holder: '' }, { reason: 'it handed over', ms: 5 });
  await settled();
  expect(done).toContain('point here, lb-2 leaves');
});

test('an engine that cannot be made active gives the lease back', async () => {
  const { heartbeat, done } = stage({}, { promote: () => Promise.reject(new Error('no')) });
  heartbeat.won(4, undefined, { reason: '', ms: 0 });
  await settled();
  expect(done).toEqual(['point here', 'HeartbeatGivenUp', expect.stringContaining('demote'), 'release', 'nudge']);
  expect(heartbeat.phase).toBe('standby');
});

test('a lease lost while the engine is being promoted makes nobody active', async () => {
  let finish = () => undefined as void;
  const { heartbeat, elector, done } = stage({}, { promote: () => new Promise((resolve) => (finish = resolve)) });
  heartbeat.won(4, undefined, { reason: '', ms: 0 });
  await settled();
  elector.term = undefined;
  heartbeat.lost(4, 'the lease ran out');
  finish();
  await settled();
  expect(heartbeat.active()).toBe(false);
  expect(done).not.toContain('HeartbeatTookOver');
  expect(done).toContain('demote: the lease ran out');
});

test('an engine that fails gives the lease up: the engine first, then the lease', async () => {
  const { heartbeat, done } = await active();
  heartbeat.checked(ILL, 2, true);
  expect(heartbeat.active()).toBe(false);
  await settled();
  expect(done).toEqual([
    'HeartbeatGivenUp',
    'demote: its engine does not work: connection refused',
    'release',
    'nudge',
  ]);
  await expect(heartbeat.willing(undefined)).resolves.toBe(false);
});

test('nobody is willing who lacks what the last holder says is needed', async () => {
  const { heartbeat } = stage({}, { mayLead: async ({ synced }) => ({ well: synced === 'lb-1', reason: '' }) });
  await expect(heartbeat.willing(record('lb-2', 3, { synced: 'lb-2' }))).resolves.toBe(false);
  await expect(heartbeat.willing(record('lb-2', 3, { synced: 'lb-1' }))).resolves.toBe(true);
});

test('each new leader is followed once, and never itself', async () => {
  const { heartbeat, done } = stage();
  for (const lease of [record('lb-2', 3), record('lb-2', 3), record('lb-1', 4), record('lb-2', 5)])
    heartbeat.changed(lease);
  await settled();
  expect(done).toEqual(['follow lb-2 3', 'follow lb-2 5']);
});

test('a planned stop waits until the other is active and has the traffic', async () => {
  const { heartbeat, peers, done } = await active();
  peers.push(
    [peer({})],
    [peer({})],
    [peer({ phase: 'promoting' })],
    [peer({ ...took, pointed: undefined })],
    [peer(took)],
  );
  await expect(heartbeat.handOver()).resolves.toMatchObject({ done: true, reason: 'lb-2 is active' });
  expect(peers).toEqual([]);
  expect(done).toContain('release and name the one that leaves');
  await expect(heartbeat.willing(undefined)).resolves.toBe(false);
});

test('a planned stop lets the nodes hear of the other before it is given up, and after', async () => {
  const { heartbeat, peers } = await active();
  const timers = jest.spyOn(global, 'setTimeout');
  peers.push([peer({})], [peer(took)]);
  expect((await heartbeat.handOver(7)).done).toBe(true);
  expect(timers.mock.calls.filter(([, ms]) => ms === 7)).toHaveLength(2);
  timers.mockRestore();
});

test('a stop without a peer that could take over gives nothing up', async () => {
  const { heartbeat, peers, done } = await active();
  const lacking = [peer({ ready: false, why: 'it may lack something' })];
  peers.push(lacking, lacking);
  const reason = 'no peer is ready to take over';
  await expect(heartbeat.handOver()).resolves.toMatchObject({
    done: false,
    reason: `${reason} (lb-2: it may lack something)`,
  });
  await expect(heartbeat.handOver()).resolves.toMatchObject({ done: false, reason: `${reason} (none answers)` });
  expect(done).toEqual([]);
  expect(heartbeat.active()).toBe(true);
});

test('a peer that was made anew a moment ago is looked for before a stop gives up', async () => {
  const { heartbeat, peers } = await active();
  peers.push([], [peer({})], [peer(took)]);
  await expect(heartbeat.handOver()).resolves.toMatchObject({ done: true, reason: 'lb-2 is active' });
});

test('a stop does not wait for ever for a peer that does not take over', async () => {
  const { heartbeat, peers } = await active();
  peers.push([peer({})]);
  await expect(heartbeat.handOver()).resolves.toMatchObject({
    done: false,
    reason: 'no peer was active within 300 ms',
  });
  await expect(heartbeat.willing(undefined)).resolves.toBe(true);
});

test('a standby that stops has nothing to hand over, where only the active one has traffic', async () => {
  await expect(stage().heartbeat.handOver()).resolves.toMatchObject({ done: true, ms: 0 });
});

test('where all have traffic, a standby that stops waits until the active one has taken it out', async () => {
  const { heartbeat, peers } = stage({ traffic: { everyone: true } as Config['traffic'] });
  const names = (pods: string[]) => [peer({ ...took, pointed: { term: 5, pods } })];
  peers.push(names(['lb-2', 'lb-1']), names(['lb-2', 'lb-1']), names(['lb-2']));
  await expect(heartbeat.handOver()).resolves.toMatchObject({ done: true });
  expect(peers).toEqual([]);
});

test('a standby that is read from is taken out before it stops', async () => {
  const reads = { service: 'db-read' } as Config['reads'];
  const { heartbeat, peers } = stage({ reads }, { readable: () => true });
  await expect(heartbeat.status()).resolves.toMatchObject({ readable: true });
  peers.push([peer({ ...took, readers: ['lb-1'] })], [peer({ ...took, readers: ['lb-2'] })]);
  const stopping = heartbeat.handOver();
  await expect(heartbeat.status()).resolves.toMatchObject({ readable: false });
  await expect(stopping).resolves.toMatchObject({ done: true });
  expect(peers).toEqual([]);
});

test('one that handed over stands by again once its engine was restarted, and at once after a switchover', async () => {
  const { heartbeat, peers } = await active();
  peers.push([peer({})], [peer(took)]);
  await heartbeat.handOver();
  heartbeat.checked(ILL, 1, false);
  heartbeat.checked(WELL, 0, false);
  await expect(heartbeat.willing(undefined)).resolves.toBe(true);
  const second = await active();
  second.peers.push([peer({})], [peer(took)]);
  await second.heartbeat.switchOver();
  await expect(second.heartbeat.willing(undefined)).resolves.toBe(true);
});

test('the monitor takes an engine for ill after so many bad checks in a row, and for well after one good', async () => {
  const { clock } = stage();
  const verdicts = [WELL, ILL, WELL, ILL, ILL, WELL];
  const turns: boolean[] = [];
  const monitor: EngineMonitor = new EngineMonitor(
    { check: async () => verdicts.shift() ?? Promise.reject(new Error('it threw')) } as unknown as Engine,
    CONFIG.check,
    clock,
    ({ well }, _, turned) => {
      if (turned) turns.push(well);
      if (turns.length === 4) monitor.stop();
    },
  );
  monitor.start();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(turns).toEqual([true, false, true, false]);
  expect(monitor.reason).toBe('it threw');
});

test('an engine that is gone is not asked a second time, and one that something happened to is asked at once', async () => {
  const turns: boolean[] = [];
  let verdict: Verdict = WELL;
  const clock = {
    now: () => performance.now(),
    after: (ms: number, then: () => void) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
  };
  const monitor: EngineMonitor = new EngineMonitor(
    { check: async () => verdict } as unknown as Engine,
    { everyMs: 60_000, timeoutMs: 1, failures: 2 },
    clock,
    ({ well }, _, turned) => void (turned && turns.push(well)),
  );
  monitor.start();
  await settled();
  verdict = ILL;
  monitor.hurry();
  await settled();
  expect(turns).toEqual([true]);
  verdict = WELL;
  monitor.hurry();
  await settled();
  verdict = { well: false, reason: 'nobody listens', gone: true };
  monitor.hurry();
  await settled();
  monitor.stop();
  monitor.hurry();
  expect(turns).toEqual([true, false]);
});

test('an engine that fails while the Lease is being taken does not lead', async () => {
  const { heartbeat, elector, done } = stage();
  expect(await heartbeat.willing(undefined)).toBe(true); // Then the write of the Lease is sent,
  heartbeat.checked(ILL, 2, true); // the engine dies,
  elector.term = 7;
  heartbeat.won(7, undefined, { reason: 'its lease ran out', ms: 1000 }); // and the answer comes.
  await settled();
  expect([heartbeat.active(), done.includes('release'), done.includes('promote 7')]).toEqual([false, true, false]);
});

test('an engine that is found ill while it is the active one gives the Lease up, whenever that was noticed first', async () => {
  const { heartbeat, done } = await active();
  heartbeat.checked(ILL, 3, false);
  await settled();
  expect([heartbeat.active(), done.includes('release')]).toEqual([false, true]);
});

test('a term that is raised during the promotion does not leave the pod promoting', async () => {
  let finish = () => undefined as void;
  const { heartbeat, elector } = stage({}, { promote: () => new Promise((resolve) => (finish = resolve)) });
  elector.term = 1;
  heartbeat.won(1, undefined, { reason: 'nobody held the lease', ms: 0 });
  await settled();
  elector.term = 58; // The EndpointSlice was written in term 57.
  finish();
  await settled();
  expect([heartbeat.phase, heartbeat.active()]).toEqual(['active', true]);
});

test('a tenure that begins while the engine is promoted in an earlier one is promoted in its turn', async () => {
  const finish: (() => void)[] = [];
  const { heartbeat, elector, done } = stage({}, { promote: () => new Promise((resolve) => finish.push(resolve)) });
  heartbeat.won(4, undefined, { reason: '', ms: 0 });
  await settled();
  heartbeat.lost(4, 'the lease ran out');
  heartbeat.won(5, undefined, { reason: '', ms: 0 });
  elector.term = 5;
  finish[0]!();
  await settled();
  expect([heartbeat.phase, done.includes('HeartbeatTookOver')]).toEqual(['promoting', false]);
  finish[1]!();
  await settled();
  expect([heartbeat.phase, heartbeat.active(), done.includes('HeartbeatTookOver')]).toEqual(['active', true, true]);
});

test('one that prepared for a stop which does not come may lead again some time', async () => {
  const { heartbeat, peers } = await active();
  peers.push([peer({})], [peer(took)]);
  expect((await heartbeat.beforeStop()).done).toBe(true);
  const checked = async (checks: number) => {
    for (let check = 0; check < checks; check++) heartbeat.checked(WELL, 0, false);
    return heartbeat.willing(undefined);
  };
  expect(await checked(99)).toBe(false);
  expect(await checked(1)).toBe(true);
});

test('one whose engine is asked seldom may lead again after 25 s as well', async () => {
  const { heartbeat, peers } = await active({ check: { everyMs: 5_000, timeoutMs: 1, failures: 2 } });
  peers.push([peer({})], [peer(took)]);
  expect((await heartbeat.beforeStop()).done).toBe(true);
  for (let check = 1; check <= 5; check++) {
    expect(await heartbeat.willing(undefined)).toBe(false);
    heartbeat.checked(WELL, 0, false);
  }
  expect(await heartbeat.willing(undefined)).toBe(true);
});

test('before a stop without a peer, an engine that may not end as the active one is made a standby', async () => {
  const { heartbeat, done } = await active();
  const reason = 'it is about to stop: no peer is ready to take over (none answers)';
  await expect(heartbeat.beforeStop()).resolves.toMatchObject({ done: false });
  expect(done.slice(0, 3)).toEqual(['HeartbeatGivenUp', `demote: ${reason}`, 'release']);
  await expect(heartbeat.willing(undefined)).resolves.toBe(false);
});

test('before a stop without a peer, an engine that serves as a standby, too, goes on to its end', async () => {
  const { heartbeat, done } = await active({}, { servesAsStandby: true });
  await expect(heartbeat.beforeStop()).resolves.toMatchObject({ done: false });
  expect([done, heartbeat.active()]).toEqual([[], true]);
});

test('a stop waits for a peer that is not ready yet, and a switchover does not', async () => {
  const notYet = [peer({ ready: false, why: 'it is not named yet' })];
  const { heartbeat, peers } = await active();
  peers.push(notYet, notYet, notYet, notYet, [peer({})], [peer(took)]);
  await expect(heartbeat.beforeStop()).resolves.toMatchObject({ done: true });
  const second = await active();
  second.peers.push(notYet, notYet, [peer({})], [peer(took)]);
  await expect(second.heartbeat.switchOver()).resolves.toMatchObject({ done: false });
  expect(second.heartbeat.active()).toBe(true);
});

test('a Lease that no peer takes in its whole length is taken back', async () => {
  const config = { handover: { withinMs: 60_000, settleMs: 0 }, timings: { leaseMs: 50, renewMs: 10, giveUpMs: 40 } };
  const { heartbeat, peers, elector, done } = await active(config as unknown as Config);
  Object.assign(elector, { lease: { ...record('lb-1', 4), holder: '' } });
  peers.push([peer({})]);
  await expect(heartbeat.switchOver()).resolves.toMatchObject({ done: false });
  // Once when it was given back, while this pod was not to have it, and again when it may.
  expect([done.at(-1), done.filter((each) => each === 'nudge').length]).toEqual(['nudge', 2]);
  await expect(heartbeat.willing(undefined)).resolves.toBe(true);
});

test('a pod that does not take a free Lease for long says why', async () => {
  const { heartbeat, done, clock } = stage({}, { mayLead: async () => ({ well: false, reason: 'a person decides' }) });
  let now = 0;
  clock.now = () => now;
  for (; now < 30_000; now += 250) await heartbeat.willing(undefined);
  expect(done).toEqual([]);
  await heartbeat.willing(undefined);
  expect(done).toEqual(['HeartbeatNobodyActive']);
});

test('a standby that does not hear of the API server is not ready for its peer', async () => {
  const { heartbeat, elector } = stage();
  Object.assign(elector, { reachedAt: performance.now() });
  await expect(heartbeat.status()).resolves.toMatchObject({ ready: true });
  Object.assign(elector, { reachedAt: performance.now() - 1001 });
  await expect(heartbeat.status()).resolves.toMatchObject({ ready: false, why: 'it does not reach the api server' });
});
