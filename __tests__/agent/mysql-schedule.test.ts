import { MySqlError } from '../../agent/mysql/client';
import { ScheduledEvents } from '../../agent/mysql/schedule';

/** A primary with scheduled events, and the list of those that are enabled. */
function stage(events: Record<string, string>, list: string[] | undefined) {
  const state = { now: 0, list };
  const done: string[] = [];
  const query = async (statement: string) => {
    if (statement.includes('information_schema.EVENTS'))
      return Object.entries(events).map(([name, status]) => ({ db: 'wiki', name, status, definer: "o'neil@10.%" }));
    if (statement.startsWith('SELECT db')) {
      if (!state.list) throw new MySqlError(1146, '42S02', "Table 'slices.events' doesn't exist");
      return state.list.map((name) => ({ db: 'wiki', name }));
    }
    done.push(statement);
    const [, name = ''] = /EVENT `wiki`.`(.*)` ENABLE/.exec(statement) ?? [];
    if (name) events[name] = 'ENABLED';
    if (statement.startsWith('CREATE TABLE')) state.list ??= [];
    const [, added] = /^REPLACE .*'wiki', '(.*)'/.exec(statement) ?? [];
    if (added !== undefined) state.list?.push(added);
    const [, removed] = /^DELETE .*'wiki', '(.*)'/.exec(statement) ?? [];
    if (removed !== undefined) state.list = state.list?.filter((each) => each !== removed);
    return [];
  };
  const scheduled = new ScheduledEvents({ query }, () => (state.now += 2_000));
  return { scheduled, state, done, events };
}

test('after a takeover the events are enabled that the former primary had enabled, by their own definer, and no others', async () => {
  const { scheduled, done, events } = stage(
    { tick: 'REPLICA_SIDE_DISABLED', off: 'REPLICA_SIDE_DISABLED', stopped: 'DISABLED' },
    ['tick', 'stopped', 'dropped'],
  );
  await scheduled.look();
  expect(done).toEqual(["ALTER DEFINER = 'o\\'neil'@'10.%' EVENT `wiki`.`tick` ENABLE"]);
  expect(events).toEqual({ tick: 'ENABLED', off: 'REPLICA_SIDE_DISABLED', stopped: 'DISABLED' });
});

test('a primary keeps the list of its enabled events, and writes only what changes', async () => {
  const { scheduled, state, done, events } = stage({ tick: 'ENABLED', off: 'DISABLED' }, undefined);
  await scheduled.look();
  expect(done).toEqual([]);
  await scheduled.look();
  expect(state.list).toEqual(['tick']);
  const written = done.length;
  await scheduled.look();
  expect(done).toHaveLength(written);
  events['tick'] = 'DISABLED';
  events['off'] = 'ENABLED';
  await scheduled.look();
  expect(state.list).toEqual(['off']);
});

test('a pair without events has no list', async () => {
  const { scheduled, done } = stage({}, undefined);
  for (let round = 0; round < 3; round++) await scheduled.look();
  expect(done).toEqual([]);
});

test('the list is not written before the events of the former primary are enabled', async () => {
  const { scheduled, state, events } = stage({ tick: 'REPLICA_SIDE_DISABLED' }, ['tick']);
  for (let round = 0; round < 3; round++) await scheduled.look();
  expect([state.list, events['tick']]).toEqual([['tick'], 'ENABLED']);
  // It is a standby meanwhile, and the primary again.
  scheduled.reset();
  events['tick'] = 'REPLICA_SIDE_DISABLED';
  await scheduled.look();
  expect([state.list, events['tick']]).toEqual([['tick'], 'ENABLED']);
});
