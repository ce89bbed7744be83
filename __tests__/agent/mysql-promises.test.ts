import type { Agent, Facts } from '../../agent/engine';
import { PrimaryDuties } from '../../agent/mysql/primary';
import { mayLead } from '../../agent/mysql/rules';
import type { MySqlServer } from '../../agent/mysql/server';

function stage(goesOn: boolean, fail: (statement: string) => boolean) {
  const globals: Record<string, string> = {
    offline_mode: 'OFF',
    super_read_only: 'OFF',
    rpl_semi_sync_source_enabled: 'ON',
  };
  const state = { note: 'boot clones', now: 0, facts: { primary: 'a', force: 'b' } as Facts };
  const server = {
    query: async (statement: string) => {
      if (fail(statement)) throw new Error('no answer within 5000 ms: ' + statement);
      const set = /^SET GLOBAL (\w+) = (\S+)/.exec(statement);
      if (set) globals[set[1]!] = set[2]!;
      return [];
    },
    semiSync: async () => ({
      clients: globals['rpl_semi_sync_source_enabled'] === 'ON' ? '1' : '0',
      status: globals['rpl_semi_sync_source_enabled'],
      yes_tx: '1',
      no_tx: '0',
      wait_sessions: '0',
    }),
    replicas: async () => ['b'],
    describe: async () => ({ uuid: 'a', executed: 'a:1-9', purged: '' }),
    subtract: async () => '',
  } as unknown as MySqlServer;
  const other = {
    describe: async () => ({ uuid: 'b', executed: 'a:1-9', purged: '' }),
    replicaStatus: async () => ({ retrieved: '' }),
  } as unknown as MySqlServer;
  const agent = {
    publish: async (facts: object) =>
      void (state.facts = Object.fromEntries(
        Object.entries({ ...state.facts, ...facts }).filter(([, v]) => v !== undefined),
      ) as Facts),
    facts: () => state.facts,
    active: () => true,
    recheck: () => undefined,
    noteOfOther: () => state.note,
    otherLeaves: () => false,
    event: () => undefined,
  } as unknown as Agent;
  const duties = new PrimaryDuties(
    server,
    server,
    other,
    agent,
    goesOn,
    () => (state.now += 250),
    () => undefined,
  );
  return { duties, state, globals };
}

/** H10. REQUIRED: the replica takes a copy; `super_read_only = ON` waits for a rollback longer than 5 s, so the statement fails. */
test('H10: a primary that could not give way to a copy takes clients again afterwards', async () => {
  const { duties, state, globals } = stage(false, (statement) => statement.includes('super_read_only = ON'));
  await duties.begin();
  await duties.look().catch(() => undefined); // offline_mode = ON and semi-sync OFF are done, the third statement fails
  for (let n = 0; n < 40; n++) await duties.look().catch(() => undefined);
  state.note = 'boot'; // the replica has its copy
  for (let n = 0; n < 400; n++) await duties.look().catch(() => undefined); // 100 s
  expect(globals).toEqual(
    expect.objectContaining({ offline_mode: 'OFF', rpl_semi_sync_source_enabled: 'ON', super_read_only: 'OFF' }),
  );
});

/** H11. Someone deletes the Lease of a database. Both servers are well, and the replica was named. */
test('H11: a pair of MySQL whose lease is deleted has a primary again', () => {
  const facts = {}; // Elector.look() makes the Lease anew with no facts
  const a = mayLead({ uuid: 'a', boot: '1', executed: 'a:1-9', half: false }, facts, true);
  const b = mayLead({ uuid: 'b', boot: '2', executed: 'a:1-9', half: false }, facts, false);
  expect([a.well, b.well]).toContain(true);
});

/** H4b. Nothing takes a `force` of another server out of the Lease while the primary works. */
test('H4b: a primary that works takes a force for another out of the lease', async () => {
  const { duties, state } = stage(true, () => false);
  state.note = 'boot';
  await duties.begin();
  for (let n = 0; n < 20; n++) await duties.look().catch(() => undefined);
  expect(state.facts['replica']).toBe('b');
  expect(state.facts['force']).toBeUndefined();
});
