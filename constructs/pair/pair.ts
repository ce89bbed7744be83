import { Lazy } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import type { AgentConfig, TrafficConfig, TrafficPort } from '../../contract/agent-config';
import type { EngineConfig } from '../../contract/engine-config';
import { Failover } from './failover';
import { AGENT_PORT, HEALTH_PATH } from '../../contract/agent-api';
import { CONFIG_FILE, KEY, LEAVE, LEFT, ORDERS, PROGRAM_FILE, PROGRAM_FOLDER } from '../../contract/agent-files';
import { PAIR_KEY_SUFFIX } from '../../contract/required-secret';
import { addDnsRights, allowTries, markingOf, markingRights } from './marking';
import { hashedConfig } from '../core/config';
import { sidecar } from '../core/container';
import type { Site } from '../core/site';
import { toApiServer } from '../core/network';
import { grant } from '../core/rights';
import { RequiredSecret, SecretValue } from '../core/secrets';
import { tokenMount, tokenVolume } from '../core/token';

/** RAM of the agent, in MiB. It used 20 to 35 (bench/failover.md). */
export const AGENT_MEBIBYTES = 48;

/**
 * How long a planned stop waits for the other pod to be active. Before and after that, it waits as well for every node to hear of the last
 * change. By `minSyncPeriod`, kube-proxy makes one change a second.
 */
const HANDOVER = { withinMs: 6_000, settleMs: 1_000 };

/** Seconds that a slice needs to stop, beside the engine's own time. It waits for a peer that is ready, then for it to be active. */
export const HANDOVER_SECONDS = (2 * HANDOVER.withinMs + 2 * HANDOVER.settleMs) / 1000;

/**
 * Asks the agent to prepare for the stop, and waits until it has. It is a file: anyone who reaches the agent's port could send a request.
 * POSIX shell, for any image that has one.
 */
const STOP_HOOK = [
  '/bin/sh',
  '-c',
  `rm -f ${ORDERS}/${LEFT}; : > ${ORDERS}/${LEAVE}; tries=${HANDOVER_SECONDS * 10}; ` +
    `until [ -e ${ORDERS}/${LEFT} ] || [ $tries = 0 ]; do sleep 0.1; tries=$((tries - 1)); done`,
];

/** The volume of the token, which the agent's container alone mounts. */
const TOKEN = 'heartbeat-token';

/** Node's smallest working set: no compiler, a heap of 16 MiB. Measured in bench/failover.md. */
export const NODE = ['node', '--jitless', '--max-old-space-size=16', '--max-semi-space-size=1', '--v8-pool-size=1'];

/** A pair of pods, one of them active. */
export interface PairSpec {
  /** Of the Lease, and the start of the other objects' names. */
  readonly name: string;
  readonly metadata: (name: string) => k8s.ObjectMeta;
  readonly pods: string[];
  readonly selector: Record<string, string>;
  readonly serviceAccountName: string;
  /** The Secret with the key that the agents know each other by. */
  readonly secret: string;
  readonly failover: Failover;
  /** The program, bundled. */
  readonly agent: string;
  /** The configuration of the engine that the agent checks, promotes and demotes. */
  readonly engine: EngineConfig;
  /** Whether being active ends as soon as the API server is out of reach, whatever the peer says. */
  readonly requireLease: boolean;
  /** A Service that leads to the active one, or to every pod that works. */
  readonly service?: { readonly name: string; readonly everyone: boolean; readonly ports: k8s.ServicePort[] };
  /** A Service that leads to each standby that may be read from, and to the active pod where there is none. */
  readonly reads?: { readonly name: string; readonly ports: k8s.ServicePort[] };
  /** The site whose pods the agents take out of their Services where a node died; undefined where the pair is not a site's. */
  readonly site?: Site | undefined;
  /** Whether the namespace denies traffic that no policy allows. */
  readonly isolated: boolean;
  /** The addresses of the API server; any where it is left out. */
  readonly apiServer: string[] | undefined;
  /** Its ports; left out, the common ones. */
  readonly apiServerPorts?: number[] | undefined;
  readonly image: string;
  readonly env?: k8s.EnvVar[];
  readonly mounts?: k8s.VolumeMount[];
}

/** The parts that go into the pods. */
export interface PairParts {
  readonly sidecar: k8s.Container;
  readonly volumes: k8s.Volume[];
  /** The engine's own hook: it is stopped once the other pod is active. It needs `engineMounts`, and a shell. */
  readonly preStop: k8s.LifecycleHandler;
  readonly engineMounts: k8s.VolumeMount[];
}

/** Makes the objects of a pair, and returns the parts that go into its pods. */
export function makePair(scope: Construct, pair: PairSpec): PairParts {
  const config = hashedConfig(scope, 'agent', `${pair.name}-heartbeat`, files(pair), pair.metadata(pair.name));
  addRights(scope, pair);
  if (pair.isolated) addPolicy(scope, pair);
  if (pair.isolated && pair.site) allowTries(scope, pair, pair.site);
  if (pair.site) addDnsRights(scope, pair, pair.site);
  return {
    sidecar: agent(pair),
    volumes: [
      { name: 'heartbeat', configMap: { name: config.name } },
      tokenVolume(TOKEN),
      { name: 'heartbeat-key', secret: { secretName: pair.secret } },
      { name: 'heartbeat-orders', emptyDir: { sizeLimit: k8s.Quantity.fromString('1Mi') } },
    ],
    preStop: { exec: { command: STOP_HOOK } },
    engineMounts: [ORDERS_MOUNT],
  };
}

const ORDERS_MOUNT = { name: 'heartbeat-orders', mountPath: ORDERS };

/** The Secret with the key by which the agents of a pair know each other. */
export function keyOf(pair: string): Omit<RequiredSecret, 'namespaces'> {
  return { name: pair + PAIR_KEY_SUFFIX, keys: { password: SecretValue.PASSWORD }, dual: true };
}

function files(pair: PairSpec): Record<string, string> {
  const { leaseSeconds, renewMilliseconds, giveUpMilliseconds } = pair.failover;
  const { service, reads } = pair;
  const config: AgentConfig = {
    namespace: pair.metadata(pair.name).namespace as string,
    name: pair.name,
    pods: pair.pods,
    port: AGENT_PORT,
    timings: { leaseMs: leaseSeconds * 1000, renewMs: renewMilliseconds, giveUpMs: giveUpMilliseconds },
    requireLease: pair.requireLease,
    handover: HANDOVER,
    check: { everyMs: renewMilliseconds, timeoutMs: renewMilliseconds, failures: 2 },
    engine: pair.engine,
    ...(service && { traffic: trafficOf(service, endpointSliceName(pair)) }),
    ...(reads && { reads: trafficOf({ ...reads, everyone: false }, readEndpointSliceName(pair)) }),
    ...(pair.site && { marking: markingOf(pair.site) }),
  };
  return { [PROGRAM_FILE]: pair.agent, [CONFIG_FILE]: JSON.stringify(config, undefined, 2) };
}

function trafficOf({ name, everyone, ports }: NonNullable<PairSpec['service']>, endpointSlice: string): TrafficConfig {
  const portsOf = ports.map(({ name: port, port: number, targetPort, protocol }) => ({
    name: port ?? '',
    // A name is reported where the Service is made.
    port: Number(targetPort?.value ?? number),
    protocol: (protocol ?? 'TCP') as TrafficPort['protocol'],
  }));
  return { service: name, endpointSlice, everyone, ports: portsOf };
}

function readEndpointSliceName(pair: PairSpec): string {
  return `${pair.name}-heartbeat-read`;
}

function endpointSliceName(pair: PairSpec): string {
  return `${pair.name}-heartbeat`;
}

function agent(pair: PairSpec): k8s.Container {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const healthz = { httpGet: { path: HEALTH_PATH, port: k8s.IntOrString.fromNumber(AGENT_PORT) } };
  const container = sidecar({
    name: 'heartbeat',
    image: pair.image,
    mebibytes: AGENT_MEBIBYTES,
    command: [...NODE, `${PROGRAM_FOLDER}/${PROGRAM_FILE}`],
    env: [
      field('POD_NAME', 'metadata.name'),
      field('POD_IP', 'status.podIP'),
      field('NODE_NAME', 'spec.nodeName'),
      ...(pair.env ?? []),
    ],
    mounts: [
      { name: 'heartbeat', mountPath: PROGRAM_FOLDER, readOnly: true },
      tokenMount(TOKEN),
      { name: 'heartbeat-key', mountPath: KEY, readOnly: true },
      ORDERS_MOUNT,
      ...(pair.mounts ?? []),
    ],
    user: 1000,
    ports: [{ name: 'heartbeat', containerPort: AGENT_PORT }],
    startup: { ...healthz, periodSeconds: 1, failureThreshold: 60 },
    // A node that is short of processors must not make a healthy pair restart.
    liveness: { ...healthz, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  });
  // On a busy node its share decides whether it renews in time: more than its RAM would give it.
  const cpu = k8s.Quantity.fromString('50m');
  return { ...container, resources: { ...container.resources, requests: { ...container.resources?.requests, cpu } } };
}

/** Its own Lease, its own EndpointSlice, the pods of its own pair, and Events: each by name, where a name can be given. */
function addRights(scope: Construct, pair: PairSpec): void {
  const name = `${pair.name}-heartbeat`;
  const named = (apiGroup: string, resource: string, resourceNames: string[], verbs: string[]) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    resourceNames,
    verbs,
  });
  const slices = [
    ...(pair.service ? [endpointSliceName(pair)] : []),
    ...(pair.reads ? [readEndpointSliceName(pair)] : []),
  ];
  const rules = () => [
    named('coordination.k8s.io', 'leases', [pair.name], ['get', 'watch', 'create', 'update']),
    named('', 'pods', pair.pods, ['get']),
    // The label that says who is active. A patch of the pod itself could change its image.
    named('', 'pods/status', pair.pods, ['patch']),
    ...(slices.length > 0
      ? [named('discovery.k8s.io', 'endpointslices', slices, ['get', 'create', 'update', 'patch'])]
      : []),
    { apiGroups: [''], resources: ['events'], verbs: ['create'] },
    ...(pair.site ? markingRights(pair.site) : []),
  ];
  const metadata = pair.metadata(name);
  grant(scope, {
    ids: ['rights', 'binding'],
    metadata,
    rules: Lazy.any({ produce: rules }) as k8s.PolicyRule[],
    account: { name: pair.serviceAccountName, namespace: metadata.namespace as string },
  });
}

/** The agents reach each other and the API server. */
function addPolicy(scope: Construct, pair: PairSpec): void {
  const port = (number: number) => ({ port: k8s.IntOrString.fromNumber(number), protocol: 'TCP' });
  const pods = [{ podSelector: { matchLabels: pair.selector } }];
  new k8s.KubeNetworkPolicy(scope, 'policy', {
    metadata: pair.metadata(`${pair.name}-heartbeat`),
    spec: {
      podSelector: { matchLabels: pair.selector },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: pods, ports: [port(AGENT_PORT)] }],
      egress: [{ to: pods, ports: [port(AGENT_PORT)] }, toApiServer(pair.apiServer, pair.apiServerPorts)],
    },
  });
}
