import type { Agent } from '../../agent/engine';
import type { MySqlServer } from '../../agent/mysql/server';
import { Volume } from '../../agent/mysql/volume';

const MIB = 2 ** 20;

/** A volume of so many MiB, of which a test says how many are free. */
function stage(mebibytes = 10_240) {
  const done: string[] = [];
  const state = { free: 5000 };
  const server = {
    query: async (statement: string) => {
      done.push(statement.replace('SET GLOBAL ', ''));
    },
  } as unknown as MySqlServer;
  const agent = { event: (_: string, reason: string, message: string) => void done.push(`${reason}: ${message}`) };
  const space = () => ({ bsize: MIB, blocks: mebibytes, bavail: state.free });
  return { volume: new Volume('/data', server, agent as unknown as Agent, space), state, done };
}

const full = (volume: Volume) => volume.figures().find(({ name }) => name === 'mysql_volume_full')?.value;

test('a primary is to take no writes below 256 MiB, and to take them again from 512 on', () => {
  const { volume, state, done } = stage();
  expect(volume.look()).toBe(false);
  state.free = 255;
  expect(volume.look()).toBe(true);
  expect(done).toEqual(['MySQLVolumeFull: its volume has 255 MiB left: it takes no writes until it has 512']);
  expect(full(volume)).toBe(1);
  state.free = 511;
  expect(volume.look()).toBe(true);
  expect(done).toHaveLength(1);
  state.free = 512;
  expect(volume.look()).toBe(false);
  expect(done.slice(1)).toEqual(['MySQLVolumeFreed: its volume has 512 MiB left: it takes writes again']);
  expect(full(volume)).toBe(0);
});

test('of a small volume, a twentieth is kept', () => {
  const { volume, state } = stage(1000);
  state.free = 51;
  expect(volume.look()).toBe(false);
  state.free = 49;
  expect(volume.look()).toBe(true);
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
  expect(volume.look()).toBe(false);
  await expect(volume.lookAsReplica()).resolves.toBe(false);
  expect(volume.figures().map(({ name }) => name)).toEqual(['mysql_volume_full']);
  expect(done).toEqual([]);
});
