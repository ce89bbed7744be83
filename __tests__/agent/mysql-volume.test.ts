import type { Agent } from '../../agent/engine';
import type { MySqlServer } from '../../agent/mysql/server';
import { Volume } from '../../agent/mysql/volume';

const MIB = 2 ** 20;

/** A volume of so many MiB, of which a test says how many are free. */
function stage(mebibytes = 10_240) {
  const done: string[] = [];
  const state = { free: 5000, hangs: false };
  const server = {
    query: async (statement: string) => {
      if (state.hangs) throw new Error('no answer within 1000 ms');
      done.push(statement.replace('SET GLOBAL ', ''));
    },
  } as unknown as MySqlServer;
  const agent = { event: (_: string, reason: string, message: string) => void done.push(`${reason}: ${message}`) };
  const space = () => ({ bsize: MIB, blocks: mebibytes, bavail: state.free });
  return { volume: new Volume('/data', server, agent as unknown as Agent, space), state, done };
}

const full = (volume: Volume) => volume.figures().find(({ name }) => name === 'mysql_volume_full')?.value;

test('a primary takes no writes below 256 MiB, and takes them again from 512 on', async () => {
  const { volume, state, done } = stage();
  await expect(volume.look()).resolves.toBe(false);
  state.free = 255;
  await expect(volume.look()).resolves.toBe(true);
  expect(done).toEqual([
    'MySQLVolumeFull: its volume has 255 MiB left: it takes no writes until it has 512',
    'super_read_only = ON',
  ]);
  expect(full(volume)).toBe(1);
  state.free = 511;
  await expect(volume.look()).resolves.toBe(true);
  expect(done).toHaveLength(2);
  state.free = 512;
  await expect(volume.look()).resolves.toBe(false);
  expect(done.slice(2)).toEqual([
    'super_read_only = OFF',
    'read_only = OFF',
    'MySQLVolumeFreed: its volume has 512 MiB left: it takes writes again',
  ]);
  expect(full(volume)).toBe(0);
});

test('of a small volume, a twentieth is kept', async () => {
  const { volume, state } = stage(1000);
  state.free = 51;
  await expect(volume.look()).resolves.toBe(false);
  state.free = 49;
  await expect(volume.look()).resolves.toBe(true);
});

test('while commits are on their way it is tried again, and the rest of a primary’s duties is done', async () => {
  const { volume, state, done } = stage();
  Object.assign(state, { free: 10, hangs: true });
  await expect(volume.look()).resolves.toBe(false);
  expect(volume.isFull).toBe(true);
  state.hangs = false;
  await expect(volume.look()).resolves.toBe(true);
  expect(done.filter((each) => each.startsWith('MySQLVolumeFull'))).toHaveLength(1);
});

test('a replica stops at half of that, once its primary has stopped, and goes on where a primary would', async () => {
  const { volume, state, done } = stage();
  state.free = 129;
  await expect(volume.lookAsReplica()).resolves.toBe(false);
  state.free = 127;
  await expect(volume.lookAsReplica()).resolves.toBe(true);
  await expect(volume.lookAsReplica()).resolves.toBe(true);
  expect(done.filter((each) => each === 'STOP REPLICA')).toHaveLength(1);
  state.free = 256;
  await expect(volume.lookAsReplica()).resolves.toBe(false);
});

test('a volume that cannot be asked stops nothing, and its room is not told', async () => {
  const { done } = stage();
  const refuses = () => {
    throw new Error('EACCES');
  };
  const volume = new Volume('/data', {} as MySqlServer, {} as Agent, refuses);
  await expect(volume.look()).resolves.toBe(false);
  await expect(volume.lookAsReplica()).resolves.toBe(false);
  expect(volume.figures().map(({ name }) => name)).toEqual(['mysql_volume_full']);
  expect(done).toEqual([]);
});
