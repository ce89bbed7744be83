import type { GarageConfig } from '../../contract/garage-config';
import { nodeKey } from './node-key';

export interface Secrets {
  readonly rpcSecret: string;
  readonly adminToken: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A call of Garage's admin API, version 2, at one slice. */
export type Call = (admin: string, name: string, body?: unknown) => Promise<unknown>;

interface Role {
  readonly id: string;
  readonly zone: string;
  readonly capacity: number | null;
  readonly tags: string[];
}

/** Brings the slices together, and makes what is missing of their layout, the key and the bucket. */
export async function setUp(
  wanted: GarageConfig,
  secrets: Secrets,
  call: Call,
  say: (line: string) => void,
): Promise<void> {
  const [first] = wanted.slices;
  if (!first) throw new Error('there is no slice');
  const ids = new Map(wanted.slices.map((slice) => [slice.name, nodeKey(secrets.rpcSecret, slice.name).id]));
  for (const slice of wanted.slices) {
    const others = wanted.slices.filter((each) => each !== slice);
    const peers = others.map((each) => `${ids.get(each.name)}@${each.rpc}`);
    const answers = (await call(slice.admin, 'ConnectClusterNodes', peers)) as { success: boolean; error?: string }[];
    const failed = answers.find((each) => !each.success);
    if (failed) throw new Error(`${slice.name} does not reach another slice: ${failed.error}`);
  }
  await layOut(wanted, ids, (name, body) => call(first.admin, name, body), say);
  await makeBucket(wanted.bucket, secrets, (name, body) => call(first.admin, name, body), say);
}

type CallOne = (name: string, body?: unknown) => Promise<unknown>;

/** Each slice is a zone of its own, so that no two copies of a file are on one. */
async function layOut(
  { slices }: GarageConfig,
  ids: Map<string, string>,
  call: CallOne,
  say: (line: string) => void,
): Promise<void> {
  const layout = (await call('GetClusterLayout')) as { version: number; roles: Role[] };
  const roles = slices.map(({ name, capacity }) => ({
    id: ids.get(name) as string,
    zone: name,
    capacity,
    tags: [name],
  }));
  const same = (a: Role, b: Role) => a.id === b.id && a.zone === b.zone && a.capacity === b.capacity;
  const changed = roles.filter((role) => !layout.roles.some((each) => same(each, role)));
  if (changed.length === 0) return say(`layout ${layout.version}: as wanted`);
  await call('UpdateClusterLayout', { roles: changed });
  await call('ApplyClusterLayout', { version: layout.version + 1 });
  say(`layout ${layout.version + 1}: ${changed.map((role) => role.zone).join(', ')} assigned`);
}

async function makeBucket(name: string, secrets: Secrets, call: CallOne, say: (line: string) => void): Promise<void> {
  const accessKeyId = secrets.accessKey;
  const keys = (await call('ListKeys')) as { id: string }[];
  if (!keys.some((each) => each.id === accessKeyId)) {
    await call('ImportKey', { accessKeyId, secretAccessKey: secrets.secretKey, name });
    say(`key ${name}: imported`);
  }
  const buckets = (await call('ListBuckets')) as { id: string; globalAliases: string[] }[];
  const there = buckets.find((each) => each.globalAliases.includes(name));
  const bucketId = there?.id ?? ((await call('CreateBucket', { globalAlias: name })) as { id: string }).id;
  if (!there) say(`bucket ${name}: made`);
  await call('AllowBucketKey', { bucketId, accessKeyId, permissions: { read: true, write: true, owner: false } });
}
