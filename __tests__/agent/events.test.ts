import type { Config, Place } from '../../agent/config';
import { Events } from '../../agent/events';
import type { Json, Kube } from '../../agent/kube';
import { KubeError } from '../../agent/kube';

const PLACE: Place = { pod: 'db-1', address: '10.0.0.1', node: 'node1' };

/** An API server that answers each write as the test says, and what the agent logs. */
function stage(answers: (Error | undefined)[]) {
  const clock = { at: 0, due: [] as (() => void)[] };
  const written: unknown[] = [];
  const logged: string[] = [];
  const kube = {
    persist: (work: () => Promise<unknown>) => work(),
    call: async (_: string, __: string, object: Json) => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer) throw answer;
      written.push(object['reason']);
    },
  } as unknown as Kube;
  const host = { now: () => clock.at, after: (_: number, then: () => void) => (clock.due.push(then), () => undefined) };
  const config = { namespace: 'site' } as Config;
  const events = new Events(kube, config, PLACE, (event) => void logged.push(event), undefined, host);
  const pass = async (ms: number) => {
    clock.at += ms;
    for (const each of clock.due.splice(0)) each();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { events, written, logged, pass, clock };
}

const trouble = new KubeError(503, 'the api server is in trouble', undefined);

test('an Event that could not be written is written later', async () => {
  const { events, written, logged, pass } = stage([trouble, trouble, undefined]);
  await events.tell('Warning', 'MySQLSetAside', 'a person has to act');
  expect(written).toEqual([]);
  for (let times = 0; times < 3; times++) await pass(5_000);
  expect([written, logged]).toEqual([['MySQLSetAside'], []]);
});

test('an Event whose answer got lost is not written twice', async () => {
  const { events, written, logged, clock } = stage([new KubeError(409, 'it already exists', undefined)]);
  await events.tell('Warning', 'MySQLSetAside', 'a person has to act');
  expect([written, logged, clock.due.length]).toEqual([[], [], 0]);
});

test('an Event that can never be written is in the log instead, and is not tried for ever', async () => {
  const { events, written, logged, pass, clock } = stage([new KubeError(403, 'forbidden', undefined)]);
  await events.tell('Warning', 'MySQLSetAside', 'a person has to act');
  for (let times = 0; times < 130; times++) await pass(5_000);
  expect([written, logged, clock.due.length]).toEqual([[], ['event not written'], 0]);
});
