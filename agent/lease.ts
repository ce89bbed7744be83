import { OWN_PREFIX } from '../contract/labels';
import type { Json, Kube } from './kube';
import { KubeError, unlessMissing } from './kube';
import { RELEASED } from './leader';
import type { LeaseRecord } from './leader';
import { Conflict } from './lock';
import type { LeaseChange, LeaseStore } from './lock';

/** Facts are annotations of the Lease with this prefix. */
interface Stored extends LeaseRecord {
  /** Labels, owners and annotations of others, which a write keeps. */
  readonly metadata: Json;
  readonly acquireTime: string | undefined;
}

/** The Lease object of `coordination.k8s.io/v1`. */
export class KubeLease implements LeaseStore {
  private readonly collection: string;

  public constructor(
    private readonly kube: Kube,
    private readonly namespace: string,
    private readonly name: string,
    private readonly leaseSeconds: number,
    private readonly today: () => Date = () => new Date(),
  ) {
    this.collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  }

  public async read(): Promise<LeaseRecord | undefined> {
    const found = await this.kube.call('GET', `${this.collection}/${this.name}`).catch(unlessMissing);
    return found && record(found);
  }

  public async write(change: LeaseChange, from: LeaseRecord | undefined): Promise<LeaseRecord> {
    const stored = from as Stored | undefined;
    const time = this.today().toISOString().replace('Z', '000Z');
    const metadata = { ...stored?.metadata, name: this.name, namespace: this.namespace };
    const spec = {
      // An empty name is not valid in the object: a released Lease has none.
      ...(change.holder === '' ? {} : { holderIdentity: change.holder }),
      leaseDurationSeconds: change.leaseMs === undefined ? this.leaseSeconds : change.leaseMs / 1000,
      leaseTransitions: change.term,
      acquireTime: change.holder === stored?.holder ? stored.acquireTime : time,
      renewTime: time,
    };
    const annotations = { ...(stored?.metadata['annotations'] as Json | undefined) };
    for (const [key, value] of Object.entries(change.facts)) annotations[OWN_PREFIX + key] = value;
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...metadata, annotations }, spec };
    try {
      // A PUT makes a Lease that is missing: unlike a POST, that is allowed by name.
      return record(await this.kube.call('PUT', `${this.collection}/${this.name}`, body));
    } catch (error) {
      // 409: another wrote first. 404 and 422: it vanished, or it appeared though there was none.
      if (error instanceof KubeError && [409, 404, 422].includes(error.status))
        throw new Conflict(error.message, { cause: error });
      throw error;
    }
  }

  public watch(
    from: LeaseRecord | undefined,
    changed: (lease: LeaseRecord | undefined, deleted?: LeaseRecord) => void,
    ended: () => void,
  ): () => void {
    const since = from ? `&resourceVersion=${from.version}` : '';
    const path = `${this.collection}?watch=1&fieldSelector=metadata.name%3D${this.name}&timeoutSeconds=300${since}`;
    const heard = (type: string, object: Json) =>
      type === 'DELETED' ? changed(undefined, record(object)) : changed(record(object));
    return this.kube.watch(path, heard, ended);
  }
}

function record(object: Json): Stored {
  const metadata = object['metadata'] as Json;
  const spec = (object['spec'] ?? {}) as Json;
  const seconds = Number(spec['leaseDurationSeconds']);
  const facts: Record<string, string> = {};
  for (const [key, value] of Object.entries((metadata['annotations'] ?? {}) as Json)) {
    if (key.startsWith(OWN_PREFIX)) facts[key.slice(OWN_PREFIX.length)] = String(value);
  }
  const holder = (spec['holderIdentity'] as string | undefined) ?? '';
  const term = Number(spec['leaseTransitions'] ?? 0);
  const cleared = holder === '' && term > 0 && facts[RELEASED] !== String(term);
  return {
    holder,
    term,
    ...(cleared && { cleared }),
    version: String(metadata['resourceVersion']),
    facts,
    leaseMs: seconds > 0 ? seconds * 1000 : undefined,
    metadata: { ...metadata, managedFields: undefined },
    acquireTime: spec['acquireTime'] as string | undefined,
  };
}
