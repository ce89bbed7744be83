import { Duration, Size, SizeRoundingBehavior } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { limitConnections } from '../core/connections';
import {
  ITEM_STEP,
  LEAST_MEBIBYTES,
  MOST_CONNECTIONS,
  bufferMemory,
  connectionLimit,
  fillSeconds,
  itemMemory,
  largestItemLimit,
} from './memcached';
import { watchMemcached } from './memcached-figures';
import { CommonProps } from '../core/common-props';
import { container } from '../core/container';
import { Binding, envName } from '../core/binding';
import { checkImage, problem } from '../core/problems';
import { runOnSlices } from '../core/workload';
import { Role } from '../core/role';
import { checked } from '../core/inputs/checked';
import { ServiceAddresses } from '../core/service-address';

const PORT = 11211;

/**
 * Clients have the addresses of all servers in their environment. The kubelet makes a folder of these addresses, so that no program starts
 * before all are known; Linux takes 4096 characters for its path, and each address has up to 16 of them.
 */
const MOST_SERVERS = 200;

/** Properties for `CachePool`. */
export interface CachePoolProps extends CommonProps {
  /** RAM of one server. Items get the RAM that memcached does not need for itself and its connections (`-m`). At least 128 MiB. */
  readonly ram: Size;

  /**
   * How many servers, 200 at most. Adding one is a change of this number. From 20 on, a drain takes a tenth of them at a time.
   *
   * A client that hashes by modulo then misses most keys once; with consistent hashing it misses a share of 1/n (docs/cache-pool.md).
   *
   * @default 2
   */
  readonly slices?: number;

  /**
   * The image, which has `memcached` on its PATH.
   *
   * @default docker.io/library/memcached:1.6
   */
  readonly image?: string;

  /**
   * Largest item, `-I`. Larger ones are refused to the client. A multiple of 512 KiB, at most half of the RAM for items (74 MiB of 128),
   * and at most 1 GiB.
   *
   * @default Size.mebibytes(1)
   */
  readonly largestItem?: Size;
}

/** A pool of memcached servers; losing one loses its share of the keys and nothing else. */
@checked
export class CachePool extends Role {
  /** `name:port` of every server. The order never changes, and a name resolves even while its server is down. */
  public readonly servers: string[];
  /** The StatefulSet of the servers. */
  public readonly statefulSet: k8s.KubeStatefulSet;

  private readonly addresses: ServiceAddresses;

  constructor(scope: Construct, id: string, props: CachePoolProps) {
    super(scope, id, { ...props, slices: props.slices ?? 2, mostSlices: MOST_SERVERS });
    const image = props.image ?? 'docker.io/library/memcached:1.6';
    checkImage(this, 'image', image);
    this._checkRam(LEAST_MEBIBYTES, 'memcached itself takes half of that');
    this.servers = this.slices.map((slice) => `${this._address(slice.name)}:${PORT}`);
    this.addresses = new ServiceAddresses(
      this.slices.map((slice) => this._address(slice.name)),
      true,
    );
    watchMemcached(this, PORT);
    const beside = this._ram - this._mebibytes;
    limitConnections(this, {
      most: connectionLimit(this._mebibytes),
      instead: (connections) =>
        connections > MOST_CONNECTIONS ? '' : `Size.mebibytes(${connections + beside}) or more, `,
    });
    const mebibytes = this._mebibytes;
    const item = this.itemKibibytes(props.largestItem ?? Size.mebibytes(1));
    this.statefulSet = runOnSlices(this, {
      containers: [this.memcached(image, mebibytes, item)],
      ports: [{ name: 'memcached', port: PORT, appProtocol: 'memcached' }],
      grace: Duration.seconds(10),
      minReady: Duration.seconds(fillSeconds(this.slices.length)),
      dispensable: true,
    });
  }

  /** @internal */
  public override _binding(): Binding {
    return {
      ports: [{ port: PORT }],
      env: [{ name: envName(this.node.id, 'SERVERS'), value: this.servers.join(',') }],
      services: this.addresses,
    };
  }

  private itemKibibytes(size: Size): number {
    const kibibytes = size.toKibibytes({ rounding: SizeRoundingBehavior.NONE });
    const most = largestItemLimit(this._mebibytes);
    if (kibibytes % ITEM_STEP !== 0 || kibibytes < ITEM_STEP || kibibytes > most) {
      const why = `memcached counts in ${ITEM_STEP} KiB, and one item takes at most half of what is for all`;
      problem(this, 'largestItem', size, `${why}; write a multiple of that up to Size.kibibytes(${most})`);
    }
    return kibibytes;
  }

  private memcached(image: string, mebibytes: number, largestItem: number): k8s.Container {
    const answers = { tcpSocket: { port: k8s.IntOrString.fromNumber(PORT) }, periodSeconds: 5 };
    return container({
      name: 'memcached',
      image,
      mebibytes,
      command: ['memcached'],
      args: [
        `--memory-limit=${itemMemory(mebibytes)}`,
        `--conn-limit=${connectionLimit(mebibytes)}`,
        `--extended=read_buf_mem_limit=${bufferMemory(mebibytes)}`,
        `--max-item-size=${largestItem}k`,
        `--port=${PORT}`,
        '--udp-port=0',
      ],
      user: 11211,
      ports: [{ name: 'memcached', containerPort: PORT }],
      readiness: answers,
      liveness: { ...answers, failureThreshold: 6 },
    });
  }
}
