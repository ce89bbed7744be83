import { OWN_PREFIX } from '../contract/labels';
import type { Config, Place, TrafficConfig } from './config';
import type { Json, Kube } from './kube';
import { APPLY, unlessMissing } from './kube';

const TERM = `${OWN_PREFIX}term`;
/** The largest that a Lease can have: what is above it was not written by an agent. */
const LARGEST_TERM = 2 ** 31 - 2;
/** A version that no object has. The API server takes it where it makes one, and refuses it where there is one already. */
const NONE_YET = String(Number.MAX_SAFE_INTEGER);

/** Where the Service is to lead. */
export interface Targets {
  readonly ready: readonly Place[];
  /** About to stop, but still answering: a node that has heard of nothing better still sends to them. */
  readonly leaving: readonly Place[];
}

/** A later holder has written already. */
export class Outranked extends Error {
  public constructor(public readonly term: number) {
    super(`the endpoint slice was written in term ${term}`);
  }
}

/**
 * Writes the EndpointSlice of a Service without a selector. Each write names the version it changes and carries the
 * term, so that a late write of a former holder is refused.
 */
export class Traffic {
  private readonly path: string;

  public constructor(
    private readonly kube: Kube,
    private readonly config: Config,
    private readonly traffic: TrafficConfig,
  ) {
    this.path = `/apis/discovery.k8s.io/v1/namespaces/${config.namespace}/endpointslices/${traffic.endpointSlice}`;
  }

  /** Makes the Service lead to `targets`, where it does not yet. */
  public async point(term: number, targets: Targets): Promise<void> {
    const found = await this.read();
    const written = termOf(found?.metadata);
    if (written > term) throw new Outranked(written);
    const endpoints = [
      ...targets.ready.map((place) => this.endpoint(place, { ready: true, serving: true, terminating: false })),
      ...targets.leaving.map((place) => this.endpoint(place, { ready: false, serving: true, terminating: true })),
    ];
    const { ports } = this.traffic;
    if (found && written === term && same(found.endpoints, endpoints) && same(found.ports, ports)) return;
    const metadata = { ...found?.metadata, ...this.metadata(found?.metadata, term) };
    const body = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      addressType: 'IPv4',
      metadata,
      endpoints,
      ports,
    };
    if (found) await this.kube.call('PUT', this.path, body);
    // Server-side apply makes what is missing: unlike a POST, that is allowed by name. A later holder may have made it meanwhile.
    else
      await this.kube.call(
        'PATCH',
        `${this.path}?fieldManager=heartbeat&force=true`,
        { ...body, metadata: { ...metadata, resourceVersion: NONE_YET } },
        APPLY,
      );
  }

  private async read() {
    const slice = await this.kube.call('GET', this.path).catch(unlessMissing);
    if (!slice) return undefined;
    const metadata = { ...(slice['metadata'] as Json), managedFields: undefined };
    return { metadata: metadata as Json, endpoints: slice['endpoints'] ?? [], ports: slice['ports'] ?? [] };
  }

  private metadata(found: Json | undefined, term: number): Json {
    return {
      name: this.traffic.endpointSlice,
      namespace: this.config.namespace,
      labels: {
        ...(found?.['labels'] as Json | undefined),
        'kubernetes.io/service-name': this.traffic.service,
        'endpointslice.kubernetes.io/managed-by': 'heartbeat.cdk8s-slices',
      },
      annotations: { ...(found?.['annotations'] as Json | undefined), [TERM]: String(term) },
    };
  }

  /** The node's name lets a Service that keeps to local endpoints find them. */
  private endpoint({ pod, address, node }: Place, conditions: Json): Json {
    const targetRef = { kind: 'Pod', name: pod, namespace: this.config.namespace };
    return { addresses: [address], conditions, nodeName: node, targetRef };
  }
}

function termOf(metadata: Json | undefined): number {
  const term = Number((metadata?.['annotations'] as Json | undefined)?.[TERM] ?? 0);
  return Number.isInteger(term) && term <= LARGEST_TERM ? term : 0;
}

/** Whether two values are the same, whatever the order of their keys. */
function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => (x < y ? -1 : 1)))
      : v,
  );
}
