import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { fill } from '../agent/garage/filling';
import { FillingMark } from '../agent/garage/filling-mark';
import { nodeKey } from '../agent/garage/node-key';
import { Secrets, setUp } from '../agent/garage/set-up';
import type { GarageConfig } from '../contract/garage-config';
import { newValues } from '../cli/secret-values';
import { BlobEngine, BlobStore, GarageProps, JobWorkers } from '../constructs';
import { blockBuffer } from '../constructs/blobs/garage';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

function store(props: GarageProps = {}): BlobStore {
  return new BlobStore(newSite(), 'mog', { ram: Size.mebibytes(256), engine: BlobEngine.garage(props) });
}

function toml(of: BlobStore): string {
  return ofKind(synth(of), 'ConfigMap').find((each) => each.data['garage.toml']).data['garage.toml'];
}

test('two copies of every file, on the disk before a write is acknowledged', () => {
  const text = toml(store());
  for (const line of ['replication_factor = 2', 'consistency_mode = "consistent"', 'data_fsync = true']) {
    expect(text).toContain(`${line}\n`);
  }
});

test('a slice that does not answer is given up within seconds, and a block that one lacks is copied soon', () => {
  expect(toml(store())).toContain('rpc_timeout_msec = 15000\n');
});

test('writes with one slice down are accepted only where that is said', () => {
  expect(toml(store({ acceptWritesAlone: true }))).toContain('consistency_mode = "dangerous"\n');
});

test.each([
  [128, 32],
  [256, 64],
  [1024, 256],
  [16_384, 4096],
])('with %i MiB of RAM, %i are for blocks that wait to be sent', (ram, blocks) => {
  expect(blockBuffer(ram)).toBe(blocks);
});

test('whoever uses it is given the endpoint, the bucket and the key, and reaches the S3 port alone', () => {
  const blobs = store({ bucket: 'pictures' });
  const workers = [{ name: 'user', command: ['true'] }];
  new JobWorkers(blobs.site, 'jobs', { ram: Size.mebibytes(256), image: 'node:24', workers, uses: [blobs] });
  const { env } = find(synth(blobs), 'Deployment', 'dfw-jobs').spec.template.spec.containers[0];
  expect(env).toEqual(
    expect.arrayContaining([
      { name: 'MOG_S3_ENDPOINT', value: 'http://dfw-mog-s3.dfw.svc.cluster.local:3900' },
      { name: 'MOG_BUCKET', value: 'pictures' },
      { name: 'MOG_SECRET_KEY', valueFrom: { secretKeyRef: { name: 'dfw-mog', key: 'secret-key' } } },
    ]),
  );
  const { spec } = find(synth(blobs), 'NetworkPolicy', 'dfw-mog-from-dfw-jobs');
  expect(spec.ingress[0].ports).toEqual([{ port: 3900, protocol: 'TCP' }]);
});

test('its Secret is on the list of those to make, in the forms that Garage takes', async () => {
  const list = find(synth(store()), 'ConfigMap', 'required-secrets').data['dfw-mog'];
  const values = await newValues({ name: 'dfw-mog', ...JSON.parse(list) });
  expect(values['rpc-secret']).toMatch(/^[0-9a-f]{64}$/);
  expect(values['access-key']).toMatch(/^GK[0-9a-f]{24}$/);
  expect(values['secret-key']).toMatch(/^[0-9a-f]{64}$/);
  expect(values['admin-token']).toMatch(/^\w{32}$/);
});

test('a bucket whose name S3 does not take is an error', () => {
  expect(problems(store({ bucket: 'Pictures' }))).toEqual([
    "[dfw/mog] 'engine.bucket' is 'Pictures': write 3 to 63 lower-case letters, digits and hyphens, with no hyphen at an end",
  ]);
});

test('an image that moves is an error', () => {
  expect(problems(store({ image: 'garage:latest', nodeImage: 'node' }))).toEqual([
    "[dfw/mog] 'engine.image' is 'garage:latest': write a name with a tag or digest that stays, such as 'nginx:1.30'",
    "[dfw/mog] 'engine.nodeImage' is 'node': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ]);
});

test('a slice that comes back without its volume has the key that it had', () => {
  const secret = '00'.repeat(32);
  const { file, id } = nodeKey(secret, 'dfw-mog01');
  expect(file).toHaveLength(64);
  expect(file.subarray(32).toString('hex')).toBe(id);
  expect(nodeKey(secret, 'dfw-mog01').id).toBe(id);
  expect(nodeKey(secret, 'dfw-mog02').id).not.toBe(id);
  expect(nodeKey('01'.repeat(32), 'dfw-mog01').id).not.toBe(id);
});

test('the keeper has its RAM from the slice, and the slice is ready when both it and Garage are', () => {
  const { containers, initContainers } = find(synth(store()), 'StatefulSet', 'dfw-mog').spec.template.spec;
  const both = [initContainers.find((each: Manifest) => each.restartPolicy === 'Always'), ...containers];
  const memory = both.map((each: Manifest) => [each.name, each.resources.limits.memory]);
  expect(memory).toEqual([
    ['keeper', '48Mi'],
    ['garage', '208Mi'],
  ]);
  expect(both.every((each: Manifest) => each.readinessProbe)).toBe(true);
});

describe('a slice whose volume is new', () => {
  const folder = () => join(mkdtempSync(join(tmpdir(), 'garage-')), 'meta');

  test('is marked before Garage starts, and not read from until it is filled', () => {
    const at = folder();
    const mark = new FillingMark(at);
    expect(mark.mayBeRead).toBe(false);
    mark.setIfNew();
    writeFileSync(join(at, 'node_key'), '');
    mkdirSync(join(at, 'db.lmdb'));
    new FillingMark(at).setIfNew();
    expect([mark.isSet, mark.mayBeRead]).toEqual([true, false]);
    mark.clear();
    expect([mark.isSet, mark.mayBeRead]).toEqual([false, true]);
  });

  test('that had files before is not marked', () => {
    const at = folder();
    mkdirSync(join(at, 'db.lmdb'), { recursive: true });
    writeFileSync(join(at, 'node_key'), '');
    const mark = new FillingMark(at);
    mark.setIfNew();
    expect([mark.isSet, mark.mayBeRead]).toEqual([false, true]);
  });

  /** Slices that have so much to do for their tables, one number for each time that they are asked. */
  function slices(queues: number[], members: Manifest[] = [member('a01'), member('a02')]) {
    const calls: string[] = [];
    const call = (name: string): Promise<unknown> => {
      calls.push(name.split('?')[0]!);
      if (name === 'GetClusterStatus') return Promise.resolve({ nodes: members });
      if (name !== 'ListWorkers?node=*') return Promise.resolve({ success: { a: null, b: null }, error: {} });
      const sync = { name: 'object sync', state: 'busy', queueLength: queues.shift() ?? 0 };
      const resync = { name: 'Block resync worker #1', state: 'busy', queueLength: 40 };
      return Promise.resolve({ success: { a: [sync], b: [resync] }, error: {} });
    };
    return { calls, call };
  }
  const member = (zone: string, isUp = true) => ({ id: zone, isUp, role: { zone } });
  const pause = () => Promise.resolve();

  test('has the others send their list of files, once they have compared what came before, and waits for its end', async () => {
    const { calls, call } = slices([3, 0, 256, 12, 0]);
    await fill(call, pause);
    expect(calls).toEqual([
      'GetClusterStatus',
      'ListWorkers',
      'ListWorkers',
      'LaunchRepairOperation',
      'ListWorkers',
      'ListWorkers',
      'ListWorkers',
    ]);
  });

  test('waits for the Job that brings the slices together', async () => {
    const alone = { id: 'a01', isUp: true, role: null };
    await expect(fill(slices([], [alone]).call, pause)).rejects.toThrow('not been brought together yet');
  });

  test('waits for every slice, as any may have what it lacks', async () => {
    await expect(fill(slices([], [member('a01'), member('a02', false)]).call, pause)).rejects.toThrow('a02 is away');
  });

  test('tries again where a slice does not do as it is told', async () => {
    const { call } = slices([]);
    const refusing = (name: string) =>
      name.startsWith('Launch') ? Promise.resolve({ success: {}, error: { b: 'timeout' } }) : call(name);
    await expect(fill(refusing, pause)).rejects.toThrow('a slice did not do as it was told: timeout');
  });
});

describe('the Job', () => {
  const slice = (name: string) => ({ name, admin: `${name}:3903`, rpc: `${name}:3901`, capacity: 1000 });
  const wanted: GarageConfig = { slices: [slice('a01'), slice('a02')], bucket: 'pictures' };
  const secrets: Secrets = { rpcSecret: '00'.repeat(32), adminToken: 't', accessKey: 'GK1', secretKey: 's' };

  /** A Garage that has what it was told, and what was called of it. */
  function garage() {
    const calls: string[] = [];
    const state = {
      version: 0,
      roles: [] as Manifest[],
      staged: [] as Manifest[],
      keys: [] as Manifest[],
      buckets: [] as Manifest[],
    };
    const answers: Record<string, (body: Manifest) => unknown> = {
      ConnectClusterNodes: (peers) => peers.map(() => ({ success: true })),
      GetClusterLayout: () => state,
      UpdateClusterLayout: ({ roles }) => (state.staged = roles),
      ApplyClusterLayout: ({ version }) => Object.assign(state, { version, roles: [...state.roles, ...state.staged] }),
      ListKeys: () => state.keys,
      ImportKey: ({ accessKeyId }) => state.keys.push({ id: accessKeyId }),
      ListBuckets: () => state.buckets,
      CreateBucket: ({ globalAlias }) => {
        state.buckets.push({ id: 'b1', globalAliases: [globalAlias] });
        return { id: 'b1' };
      },
      AllowBucketKey: () => undefined,
    };
    const call = (admin: string, name: string, body?: unknown) => {
      calls.push(`${admin} ${name}`);
      return Promise.resolve(answers[name]?.(body));
    };
    return { state, calls, call };
  }

  test('brings the slices together, each a zone of its own, and makes the key and the bucket', async () => {
    const { state, calls, call } = garage();
    await setUp(wanted, secrets, call, () => {});
    expect(calls.slice(0, 2)).toEqual(['a01:3903 ConnectClusterNodes', 'a02:3903 ConnectClusterNodes']);
    expect(state.version).toBe(1);
    expect(state.roles.map((each) => [each.zone, each.id])).toEqual(
      ['a01', 'a02'].map((name) => [name, nodeKey(secrets.rpcSecret, name).id]),
    );
    expect(state.keys).toEqual([{ id: 'GK1' }]);
    expect(state.buckets).toEqual([{ id: 'b1', globalAliases: ['pictures'] }]);
  });

  test('changes nothing when it is run again', async () => {
    const { calls, call } = garage();
    await setUp(wanted, secrets, call, () => {});
    calls.length = 0;
    await setUp(wanted, secrets, call, () => {});
    expect(calls.map((each) => each.split(' ')[1])).toEqual([
      'ConnectClusterNodes',
      'ConnectClusterNodes',
      'GetClusterLayout',
      'ListKeys',
      'ListBuckets',
      'AllowBucketKey',
    ]);
  });

  test('a new slice is added to the layout, and the others are left', async () => {
    const { state, call } = garage();
    await setUp(wanted, secrets, call, () => {});
    await setUp({ ...wanted, slices: [...wanted.slices, slice('a03')] }, secrets, call, () => {});
    expect(state.staged.map((each) => each.zone)).toEqual(['a03']);
    expect(state.version).toBe(2);
  });

  test('a slice that does not reach another is an error, and the Job tries again', async () => {
    const refused = () => Promise.resolve([{ success: false, error: 'no route' }]);
    await expect(setUp(wanted, secrets, refused, () => {})).rejects.toThrow(
      'a01 does not reach another slice: no route',
    );
  });
});
