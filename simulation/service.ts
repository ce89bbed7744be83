import type { Json } from '../agent/kube';
import { API, CLIENTS, Channel } from './network';
import type { PairCluster } from './pair-cluster';

/** How long kube-proxy takes to follow an EndpointSlice, in milliseconds. */
const FOLLOWS_MS: readonly [number, number] = [20, 1_000];

/** Where the Service leads, as the node of the clients knows it. */
export class ServiceProxy {
  public address: string | undefined;
  private readonly channel = new Channel();

  public constructor(
    cluster: Pick<PairCluster, 'api' | 'network' | 'schedule' | 'random' | 'collection'>,
    endpointSlice: string,
  ) {
    const { api, network, schedule, random } = cluster;
    let told = 0;
    const follow = (object: Json) =>
      network.send(
        API,
        CLIENTS,
        () => {
          const number = ++told;
          // Of several changes in a short time, the last one counts.
          schedule.after(random.between(...FOLLOWS_MS), () => number === told && this.take(object));
        },
        this.channel,
      );
    const watch = () =>
      void api.watch(
        cluster.collection('apis/discovery.k8s.io/v1', 'endpointslices'),
        endpointSlice,
        undefined,
        (type, object) => follow(type === 'DELETED' ? {} : object),
        () => schedule.after(random.between(10, 1_000), watch),
      );
    watch();
  }

  private take(object: Json): void {
    const endpoints = (object['endpoints'] ?? []) as { addresses: string[]; conditions: { ready: boolean } }[];
    this.address = endpoints.find(({ conditions }) => conditions.ready)?.addresses[0];
  }
}
