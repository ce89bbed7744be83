import { checkServicePorts } from './service-ports';
import { ApiObject, Chart, Duration } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import type { CheckedEngineConfig } from '../../contract/engine-config';
import { Failover } from './failover';
import { HEARTBEAT_AGENT } from './agent-bundle';
import { PodPatch } from './pod-patch';
import { AGENT_MEBIBYTES, PairParts, keyOf, makePair } from './pair';
import { REQUIRED_SECRETS_LABEL, ROLE_LABEL } from '../../contract/labels';
import { defined } from '../core/container';
import { NODE_IMAGE } from '../core/node-image';
import { finished } from '../core/pod-containers';
import { checkImage, checkNetworks, checkPort, problem } from '../core/problems';
import { roleOf } from '../core/role-of';
import { checkObjectName, checkUrlPath } from '../core/values';
import { RenderedSet, renderedSet } from './rendered-set';
import { listed } from '../core/secrets';
import { checked } from '../core/inputs/checked';

/** The pods of a pair that get traffic. */
export enum HeartbeatMode {
  /** The active pod alone. */
  ONE_ACTIVE = 'one-active',
  /** Every pod that works. A pod that fails is taken out as fast as another would take over. */
  ALL_ACTIVE = 'all-active',
}

/** Properties for `Heartbeat`. */
export interface HeartbeatProps {
  /**
   * The StatefulSet whose pods are the pair. It has two replicas or more, and a memory limit on the engine's container.
   *
   * A cdk8s-plus StatefulSet is given as `ApiObject.of(statefulSet)`, after its containers and volumes were added.
   */
  readonly statefulSet: ApiObject;

  /** The port that shows whether the engine works. The agent connects to it, or asks it for `checkPath`, four times in a lease. */
  readonly checkPort: number;

  /**
   * The path that shows whether the engine works: any status from 200 to 399. Take the readiness probe's.
   *
   * @default - connecting to the port is enough
   */
  readonly checkPath?: string;

  /**
   * How fast traffic moves to another pod when the active pod dies.
   *
   * @default Heartbeat.within(Duration.seconds(2))
   */
  readonly failover?: Failover;

  /**
   * Whether every pod that works gets traffic.
   *
   * @default HeartbeatMode.ONE_ACTIVE
   */
  readonly mode?: HeartbeatMode;

  /**
   * The spec of a Service that leads to the active pod; its name is the StatefulSet's with `-active` behind it. Give `ports` with numbers,
   * and `type`, `externalTrafficPolicy` or whatever else, but no `selector`, as the agents say where it leads.
   *
   * @default - no Service; yours select the label `cdk8s-slices/instance-role: active`, and follow when the controllers do
   */
  readonly service?: k8s.ServiceSpec;

  /**
   * The container that is the engine. It is stopped once the other pod is active.
   *
   * @default - the first
   */
  readonly container?: string;

  /**
   * Whether the active pod stops being active as soon as the API server is out of reach, even if the peer agrees to go on.
   *
   * For an engine for which an active pod without its Lease is worse than none.
   *
   * @default false
   */
  readonly requireLease?: boolean;

  /**
   * Whether the namespace denies traffic that no NetworkPolicy allows, so that the agents need a policy.
   *
   * Leave it out if no policy selects the pods: the first policy that selects them closes every port it does not name.
   *
   * @default false
   */
  readonly isolated?: boolean;

  /**
   * The addresses of the API server if `isolated`, to which the pods may connect at 443 and 6443: `10.0.0.1/32`.
   *
   * @default - any address at those ports, as a cluster does not tell its own
   */
  readonly apiServer?: string[];

  /**
   * The Secret with the key by which the agents know each other, under `password`, in the namespace of the pods.
   *
   * Its holder can keep the standby from taking over while the API server is away. The previous key may stand under `password-before`.
   *
   * @default - the name of the StatefulSet with `-heartbeat` behind it, which `cdk8s-slices secrets` makes
   */
  readonly secret?: string;

  /**
   * The image of the agent, which has Node 20 or later as `node` on its PATH.
   *
   * @default - that of the site for a role's StatefulSet, docker.io/library/node:24-slim for any other
   */
  readonly nodeImage?: string;
}

/**
 * Makes one pod of a StatefulSet the active one, and another when that pod dies. Each pod gets a sidecar of 48 MiB, which is taken out of
 * the engine's RAM.
 *
 * Needs Kubernetes 1.29 or later. Faults that it survives, and faults that it does not, with the seconds it takes: docs/heartbeat.md.
 */
@checked
export class Heartbeat extends Construct {
  /**
   * Another pod gets the traffic within this time after the active pod died. Whole seconds, from 2.
   *
   * One second of it is left for the nodes to follow; the Lease lasts the rest.
   */
  public static within(budget: Duration): Failover {
    return Failover._within(budget);
  }

  /** The label that is `active` on one pod of the pair, and `standby` on the others. */
  public readonly roleLabel = ROLE_LABEL;
  /** The Lease, which says which pod is active since when. */
  public readonly leaseName: string;
  /** The Secret with the key by which the agents know each other. The pods wait for it. */
  public readonly secretName: string;
  /** The Service that leads to the active pod, where `service` was given. */
  public readonly service: k8s.KubeService | undefined;

  constructor(scope: Construct, id: string, props: HeartbeatProps) {
    super(scope, id);
    const set = renderedSet(this, props.statefulSet);
    this.leaseName = set?.name ?? props.statefulSet.name;
    this.secretName = props.secret ?? keyOf(this.leaseName).name;
    const failover = props.failover ?? Heartbeat.within(Duration.seconds(2));
    failover._check(this, 'failover');
    const role = roleOf(props.statefulSet);
    const image = props.nodeImage ?? role?.site.nodeImage ?? NODE_IMAGE;
    if (props.nodeImage !== undefined) checkImage(this, 'nodeImage', props.nodeImage);
    checkNetworks(this, 'apiServer', props.apiServer);
    checkPort(this, 'checkPort', props.checkPort);
    if (props.checkPath !== undefined) checkUrlPath(this, 'checkPath', props.checkPath, '/healthy');
    if (props.secret !== undefined) checkObjectName(this, 'secret', props.secret);
    if (!set || !isInChart(this)) return;
    if (set.pods.length < 2) problem(this, 'statefulSet', set.name, 'it has one replica; give it two or more');
    const engine = set.containers.findIndex(({ name }) => name === (props.container ?? set.containers[0]?.name));
    if (engine < 0) {
      problem(this, 'container', props.container, `name one of ${set.containers.map(({ name }) => name).join(', ')}`);
      return;
    }
    this.service = props.service && this.addService(set, props.service);
    if (props.secret === undefined) this.nameSecret(set);
    const parts = makePair(this, {
      name: set.name,
      metadata: (name) => metadataOf(set, name),
      pods: set.pods,
      selector: set.selector,
      serviceAccountName: set.serviceAccountName,
      secret: this.secretName,
      failover,
      agent: HEARTBEAT_AGENT,
      engine: check(props),
      requireLease: props.requireLease ?? false,
      isolated: props.isolated ?? false,
      site: role && role.namespace === role.site.namespace ? role.site : undefined,
      image,
      apiServer: props.apiServer,
      apiServerPorts: role?.site._cluster.apiServerPorts,
      ...(props.service && {
        service: {
          name: `${set.name}-active`,
          everyone: props.mode === HeartbeatMode.ALL_ACTIVE,
          ports: props.service.ports ?? [],
        },
      }),
    });
    const agent = role ? finished(role, parts.sidecar) : parts.sidecar;
    this.joinPods(props.statefulSet, set, engine, { ...parts, sidecar: agent });
  }

  private addService(set: RenderedSet, spec: k8s.ServiceSpec): k8s.KubeService {
    if (spec.selector)
      problem(this, 'service', 'a spec with a selector', 'leave it out: the agents say where it leads');
    const named = spec.ports?.filter(({ targetPort }) => typeof targetPort?.value === 'string') ?? [];
    if (named.length > 0 || !spec.ports?.length) {
      problem(this, 'service', 'a spec without the numbers of its ports', 'write ports, with targetPort as a number');
    }
    checkServicePorts(this, spec);
    return new k8s.KubeService(this, 'service', { metadata: metadataOf(set, `${set.name}-active`), spec });
  }

  /** For the command that makes Secrets. */
  private nameSecret(set: RenderedSet): void {
    const { name, namespace } = set;
    const secret = { ...keyOf(name), namespaces: [namespace] };
    new k8s.KubeConfigMap(this, 'secrets', {
      metadata: {
        ...metadataOf(set, `${name}-required-secrets`),
        labels: { ...set.labels, [REQUIRED_SECRETS_LABEL]: 'true' },
      },
      data: { [secret.name]: listed(secret) },
    });
  }

  /** Adds the agent to the pods, and takes its RAM out of the engine's. */
  private joinPods(statefulSet: ApiObject, set: RenderedSet, index: number, parts: PairParts): void {
    const engine = set.containers[index];
    const { mebibytes = 0, lifecycle, requests } = engine ?? {};
    if (mebibytes <= AGENT_MEBIBYTES) {
      const why = `the agent's ${AGENT_MEBIBYTES} MiB are taken out of the memory limit of its engine`;
      return problem(this, 'statefulSet', set.name, `${why}; give that container more, in whole Mi or Gi`);
    }
    if (lifecycle?.preStop) {
      problem(this, 'statefulSet', set.name, 'its engine has a preStop hook; the handover needs that place');
    }
    const pod = new PodPatch(statefulSet);
    const container = `containers/${index}`;
    const memory = pod.quantity(`${mebibytes - AGENT_MEBIBYTES}Mi`);
    pod.set('automountServiceAccountToken', false);
    pod.insert('initContainers', set.initContainers, [pod.container(parts.sidecar)], 0);
    pod.insert(
      'volumes',
      set.volumes,
      parts.volumes.map((volume) => pod.volume(volume)),
      set.volumes,
    );
    if (!lifecycle) pod.set(`${container}/lifecycle`, {});
    pod.set(`${container}/lifecycle/preStop`, pod.hook(parts.preStop));
    const mounts = engine?.volumeMounts ?? 0;
    pod.insert(`${container}/volumeMounts`, mounts, parts.engineMounts, mounts);
    if (!requests) pod.set(`${container}/resources/requests`, {});
    pod.set(`${container}/resources/requests/memory`, memory);
    pod.set(`${container}/resources/limits/memory`, memory);
  }
}

/** As the StatefulSet's own. */
function metadataOf({ namespace, labels, annotations }: RenderedSet, name: string): k8s.ObjectMeta {
  return { name, namespace, labels, ...defined({ annotations }) };
}

/** The objects of a pair belong to a file of dist. */
function isInChart(heartbeat: Heartbeat): boolean {
  const inChart = heartbeat.node.scopes.some((each) => Chart.isChart(each));
  const instead = 'make it in a Chart, such as that of its StatefulSet or site.chart';
  if (!inChart) problem(heartbeat, 'scope', heartbeat.node.scope, instead);
  return inChart;
}

function check({ checkPath, checkPort }: HeartbeatProps): CheckedEngineConfig {
  return checkPath === undefined
    ? { kind: 'tcp', port: checkPort }
    : { kind: 'http', port: checkPort, path: checkPath };
}
