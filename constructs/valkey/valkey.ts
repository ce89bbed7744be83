import { Duration, Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Binding, envName, secretEnv } from '../core/binding';
import { CommonProps } from '../core/common-props';
import { hashedConfig } from '../core/config';
import { limitConnections } from '../core/connections';
import { k8s } from '../core/imports';
import { checked } from '../core/inputs/checked';
import { allow } from '../core/network';
import { checkAtLeast, checkImage, wholeMebibytes } from '../core/problems';
import { Role } from '../core/role';
import { SecretValue } from '../core/secrets';
import { ServiceAddresses } from '../core/service-address';
import { runOnSlices } from '../core/workload';
import { Failover } from '../pair/failover';
import { Heartbeat } from '../pair/heartbeat';
import { AGENT_MEBIBYTES, HANDOVER_SECONDS, PairParts, keyOf, makePair } from '../pair/pair';
import { VALKEY_SCRIPTS } from './scripts-bundle';
import { VALKEY_AGENT } from './valkey-agent-bundle';
import {
  DATA,
  FENCE,
  LEAST_MEBIBYTES,
  RUN,
  TLS_PORT,
  USER,
  clientLimit,
  leastStorage,
  valkeyConf,
} from './valkey-conf';
import { passwordFiles } from './valkey-accounts';
import { ValkeyDurability } from './valkey-durability';
import { ValkeyEviction } from './valkey-eviction';
import { watchValkey } from './valkey-figures';
import { valkeyServer } from './valkey-server';
import { ValkeyTls } from './valkey-tls';
import { TlsParts, tlsParts } from './valkey-tls-parts';

/** Properties for `Valkey`. */
export interface ValkeyProps extends CommonProps {
  /** RAM of one server. `maxmemory`, clients and buffers follow from it. At least 128 MiB. */
  readonly ram: Size;

  /**
   * How writes behave while no replica could take over.
   *
   * `PREFERRED` answers while one server is away; `REQUIRED` refuses writes then. Only the site knows which is worse for it.
   */
  readonly durability: ValkeyDurability;

  /**
   * Whether a full server refuses writes, or throws keys out. Choose another value for a cache.
   *
   * @default ValkeyEviction.NONE
   */
  readonly eviction?: ValkeyEviction;

  /**
   * The image, which has `valkey-server` 8 on its PATH, `bash` and `sha256sum`.
   *
   * @default docker.io/valkey/valkey:8.1
   */
  readonly image?: string;

  /**
   * The volume of each server, for its log (AOF) and copies: at least 256 MiB and five times `maxmemory`.
   *
   * A volume outlives its pod; how it grows later is up to its storage class.
   *
   * @default Size.gibibytes(10)
   */
  readonly storage?: Size;

  /**
   * How fast the replica takes over when the primary dies. A command that keeps the server busy for a quarter of it, or longer, may count as
   * its death: give more time to a site with such commands.
   *
   * @default Heartbeat.within(Duration.seconds(3))
   */
  readonly failover?: Failover;

  /**
   * A certificate that programs and the two servers verify. The pair then takes TLS at port 6380 as well.
   *
   * Without it, nothing is encrypted: the network policies say who connects.
   *
   * @default - no TLS
   */
  readonly tls?: ValkeyTls;

  /**
   * The image of the agents, which has Node 20 or later as `node` on its PATH.
   *
   * @default - the site's `nodeImage`
   */
  readonly nodeImage?: string;
}

/**
 * A pair of Valkey servers with a log on their volumes: the replica takes over when the primary dies. Programs written for Redis work with
 * it. Faults that it survives, and writes that it may lose: docs/valkey.md.
 *
 * Its users get `VALKEY_HOST`, `VALKEY_PORT` and `VALKEY_PASSWORD`, if its id is `valkey`; with `tls` also `VALKEY_TLS_PORT` and
 * `VALKEY_CA`, the authority's certificate.
 */
@checked
export class Valkey extends Role {
  /** The name of the server that takes writes. */
  public readonly address: string;
  /** The StatefulSet of the servers. */
  public readonly statefulSet: k8s.KubeStatefulSet;
  private readonly tls: TlsParts;

  /** Whether a full server throws lists out, too. */
  private readonly evicts: boolean;

  constructor(scope: Construct, id: string, props: ValkeyProps) {
    super(scope, id, { ...props, slices: 2 });
    this.address = this._address(`${this.name}-active`);
    this.evicts = [ValkeyEviction.ALL_KEYS_LRU, ValkeyEviction.ALL_KEYS_LFU].some((each) => each === props.eviction);
    this.check(props);
    this.tls = tlsParts(this, props.tls);
    const secrets = { default: this.name, internal: `${this.name}-internal` };
    this.requireSecrets(Object.values(secrets));
    new k8s.KubeService(this.chart, 'active', {
      // Without a selector: the agents say where it leads.
      metadata: this._metadata(`${this.name}-active`),
      spec: { ports: [...this.tls.ports] },
    });
    allow(this, this, [{ port: this.tls.between }]);
    watchValkey(this);
    limitConnections(this, {
      most: clientLimit(this.mebibytes),
      instead: (connections) => `Size.mebibytes(${Math.ceil(connections / 2) + this._ram - this.mebibytes}) or more, `,
    });
    const passwords = passwordFiles(secrets);
    const agents = this.addAgents(props, passwords);
    this.statefulSet = this.addServers(props, agents, passwords);
  }

  /** RAM of the server, in MiB. */
  private get mebibytes(): number {
    return Math.max(LEAST_MEBIBYTES, this._mebibytes) - AGENT_MEBIBYTES;
  }

  /** @internal */
  public override _binding(): Binding {
    const name = (what: string) => envName(this.node.id, what);
    const { secret, ports } = this.tls;
    const encrypted = secret === undefined ? [] : [{ name: name('TLS_PORT'), value: String(TLS_PORT) }];
    return {
      listDatabases: DATABASES,
      evicts: this.evicts,
      ports: ports.map(({ port }) => ({ port })),
      env: [
        { name: name('HOST'), value: this.address },
        { name: name('PORT'), value: String(ports[0].port) },
        ...encrypted,
        secretEnv(name('PASSWORD'), this.name, 'password'),
        ...(secret === undefined ? [] : [secretEnv(name('CA'), secret, 'ca.crt')]),
      ],
      secrets: [this.name, ...(secret === undefined ? [] : [secret])],
      // A certificate is for the name.
      ...(secret === undefined && { services: new ServiceAddresses([this.address]) }),
    };
  }

  private check({ image, nodeImage, failover }: ValkeyProps): void {
    if (image !== undefined) checkImage(this, 'image', image);
    if (nodeImage !== undefined) checkImage(this, 'nodeImage', nodeImage);
    failover?._check(this, 'failover');
    this._checkRam(LEAST_MEBIBYTES, 'the agent, the server itself and its buffers take 96 MiB beside the data');
  }

  private requireSecrets(names: string[]): void {
    const { site, namespace, name } = this;
    site._requireSecret({ ...keyOf(name), namespaces: [namespace] });
    for (const each of names)
      site._requireSecret({
        name: each,
        namespaces: [namespace],
        keys: { password: SecretValue.PASSWORD },
        dual: true,
      });
  }

  private addAgents(props: ValkeyProps, { accounts, mounts }: ReturnType<typeof passwordFiles>): PairParts {
    const { site, name } = this;
    return makePair(new Construct(this.chart, 'heartbeat'), {
      name,
      metadata: (object) => this._metadata(object),
      pods: this.slices.flatMap(({ podName }) => podName ?? []),
      selector: this._selector,
      serviceAccountName: name,
      secret: keyOf(name).name,
      failover: props.failover ?? Heartbeat.within(Duration.seconds(3)),
      agent: VALKEY_AGENT,
      engine: {
        kind: 'valkey',
        socket: `${RUN}/valkey.sock`,
        fence: FENCE,
        data: `${DATA}/data`,
        port: this.tls.between,
        slices: Object.fromEntries(this.slices.map(({ podName, name: slice }) => [podName, this._address(slice)])),
        durability: `${props.durability}` as const,
        accounts,
      },
      requireLease: false, // Why that is safe: agent/valkey/rules.ts.
      service: { name: `${name}-active`, everyone: false, ports: [...this.tls.ports] },
      isolated: true,
      site,
      apiServer: site.apiServer,
      apiServerPorts: site._cluster.apiServerPorts,
      image: props.nodeImage ?? site.nodeImage,
      env: this.tls.env,
      mounts: [
        { name: 'run', mountPath: RUN },
        { name: 'data', mountPath: DATA, readOnly: true },
        ...mounts,
        ...this.tls.mounts,
      ],
    });
  }

  private addServers(
    props: ValkeyProps,
    agents: PairParts,
    passwords: ReturnType<typeof passwordFiles>,
  ): k8s.KubeStatefulSet {
    const storage = wholeMebibytes(this, 'storage', props.storage ?? Size.gibibytes(10));
    const least = Size.mebibytes(leastStorage(this.mebibytes));
    checkAtLeast(
      this,
      'storage',
      Size.mebibytes(storage),
      least,
      'its log is there up to four times while it is written anew',
    );
    const conf = valkeyConf(this.mebibytes, props.eviction ?? ValkeyEviction.NONE, this.tls.lines);
    const files = { ...VALKEY_SCRIPTS, 'valkey.conf': conf };
    const settings = hashedConfig(this.chart, 'settings', `${this.name}-valkey`, files, this._metadata(this.name));
    const image = props.image ?? 'docker.io/valkey/valkey:8.1';
    const mebibytes = this._mebibytes - AGENT_MEBIBYTES;
    const { ports, mounts } = this.tls;
    return runOnSlices(this, {
      containers: [
        valkeyServer({ image, mebibytes, port: ports[0], mounts: [...passwords.mounts, ...mounts], agents }),
      ],
      sidecars: [agents.sidecar],
      volumes: [
        ...agents.volumes,
        ...passwords.volumes,
        ...this.tls.volumes,
        { name: 'settings', configMap: { name: settings.name } },
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } },
      ],
      claims: [{ name: 'data', mebibytes: storage }],
      ports: [...ports],
      grace: Duration.seconds(HANDOVER_SECONDS + STOP_SECONDS),
      group: USER,
      answersUnready: true,
    });
  }
}

/** Valkey's own default of `databases`. */
const DATABASES = 16;
/** Seconds for a server to end: what it has is in its log. */
const STOP_SECONDS = 15;
