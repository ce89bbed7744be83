import type { Config, Place } from '../../agent/config';
import type { Elector } from '../../agent/elector';
import type { Events } from '../../agent/events';
import type { Heartbeat } from '../../agent/heartbeat';
import type { Kube } from '../../agent/kube';
import { Announcer } from '../../agent/outside';
import type { HttpPeers, Status } from '../../agent/peer';
import type { Pods } from '../../agent/pods';
import type { Targets, Traffic } from '../../agent/traffic';

const CONFIG = {
  timings: { leaseMs: 2000, renewMs: 500, giveUpMs: 1600 },
  handover: { withinMs: 6000, settleMs: 1000 },
} as Config;
const HERE: Place = { pod: 'db-1', address: '10.0.0.1', node: 'node1' };
const THERE: Place = { pod: 'db-2', address: '10.0.0.2', node: 'node2' };

/** The active one of a pair whose replica says of itself what the test says. */
function stage(mayOverlap = false) {
  const clock = { at: 0, due: [] as (() => void)[] };
  const written: string[] = [];
  const writes = (service: string) =>
    ({
      point: async (_: number, { ready, leaving }: Targets) => {
        const leaves = leaving.map(({ pod }) => `, ${pod} leaves`);
        written.push(`${service}: ${ready.map(({ pod }) => pod).join()}${leaves.join('')}`);
      },
    }) as unknown as Traffic;
  const peer: { says: Partial<Status> | undefined } = { says: { readable: true } };
  const heartbeat = {
    mayOverlap,
    active: () => true,
    trouble: (_: string, error: unknown) => void written.push(String(error)),
  };
  const announcer = new Announcer(
    CONFIG,
    HERE,
    { now: () => clock.at, after: (_, then) => (clock.due.push(then), () => undefined) },
    { persist: (write: () => Promise<void>) => write() } as unknown as Kube,
    { others: [THERE], label: async () => undefined, refresh: async () => undefined } as unknown as Pods,
    {
      statuses: async () =>
        peer.says ? [{ pod: 'db-2', well: true, leaving: false, readable: false, ...peer.says }] : [],
    } as unknown as HttpPeers,
    writes('write'),
    writes('read'),
    {} as Events,
    () => ({ term: 3 }) as Elector,
    () => heartbeat as unknown as Heartbeat,
  );
  const round = async (ms: number) => {
    clock.at += ms;
    written.length = 0;
    clock.due.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    return written.join(', ');
  };
  announcer.keep();
  const takeOver = async () => {
    written.length = 0;
    await announcer.pointHere(THERE, () => true);
    return written.join(', ');
  };
  return {
    announcer,
    peer,
    round,
    takeOver,
    first: () => new Promise((resolve) => setTimeout(() => resolve(written.join(', ')), 5)),
  };
}

test('what only reads is led to the replica, and writes to the active one', async () => {
  await expect(stage().first()).resolves.toBe('write: db-1, read: db-2');
});

test('what only reads is led to the active one while the replica is not to be read from, and back', async () => {
  const { peer, round, first } = stage();
  await first();
  peer.says = { readable: false };
  await expect(round(500)).resolves.toBe('read: db-1');
  peer.says = { readable: true };
  await expect(round(500)).resolves.toBe('read: db-2');
  await expect(round(500)).resolves.toBe('');
});

test('a replica that is not heard of for as long as a holder would give up is not read from', async () => {
  const { peer, round, first } = stage();
  await first();
  peer.says = undefined;
  await expect(round(1000)).resolves.toBe('');
  await expect(round(1000)).resolves.toBe('read: db-1');
});

test('while it changes hands, traffic leads to both, until the nodes have heard of the new one', async () => {
  const { peer, round, first, takeOver } = stage(true);
  await first();
  peer.says = { leaving: true };
  await expect(takeOver()).resolves.toBe('write: db-1,db-2');
  await expect(round(1900)).resolves.not.toContain('write');
  await expect(round(200)).resolves.toBe('write: db-1, db-2 leaves');
});

test('an engine that only serves where it is active gets no traffic once another took over', async () => {
  const { peer, first, takeOver } = stage(false);
  await first();
  peer.says = { leaving: true };
  await expect(takeOver()).resolves.toBe('write: db-1, db-2 leaves');
});

test('one that takes its own Lease back after an aborted handover does not take the other for one that is about to stop', async () => {
  const { announcer, peer, round, first } = stage();
  await first();
  peer.says = { readable: true, note: 'boot-2' };
  await announcer.pointHere(HERE, () => true);
  for (let count = 0; count < 10; count++) await round(500);
  expect([announcer.otherLeaves, announcer.noteOfOther()]).toEqual([false, 'boot-2']);
});

test('one that said it was about to stop, and vanished, is not waited for any more', async () => {
  const { announcer, peer, round, first } = stage();
  await first();
  await announcer.pointHere(THERE, () => true);
  peer.says = { leaving: true, note: 'boot-2' };
  await round(500);
  expect([announcer.otherLeaves, announcer.noteOfOther()]).toEqual([true, 'boot-2']);
  peer.says = undefined;
  for (let count = 0; count < 5; count++) await round(500);
  expect([announcer.otherLeaves, announcer.noteOfOther()]).toEqual([false, undefined]);
});
