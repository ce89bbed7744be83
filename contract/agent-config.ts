import type { EngineConfig } from './engine-config';
import { engineConfig } from './engine-config';
import type { Parser } from './parser';
import { anyText, boolean, list, object, oneOf, optional, parseJson, port, refuse, text, wholeNumber } from './parser';

/** The configuration of a pair's agents: a ConfigMap has it, the same for every pod. */
export interface AgentConfig {
  readonly namespace: string;
  /** The name of the Lease. */
  readonly name: string;
  /** Every pod of the pair. */
  readonly pods: readonly string[];
  /** Where the agent listens. */
  readonly port: number;
  readonly timings: Timings;
  /** Whether to stop being active when the API server is out of reach, even where the peer agrees. */
  readonly requireLease: boolean;
  readonly handover: HandoverConfig;
  readonly check: CheckConfig;
  readonly engine: EngineConfig;
  /** Undefined where Services select the label instead. */
  readonly traffic?: TrafficConfig | undefined;
  /** Where what only reads is led: to each standby that may be read from, to the active one where there is none. */
  readonly reads?: TrafficConfig | undefined;
  /** How the pods of a node that died are taken out of their Services; undefined where Kubernetes alone does that. */
  readonly marking?: MarkingConfig | undefined;
}

/** The shortest Lease, as its own field counts whole seconds, and the longest that an agent waits for. */
export const LEAST_LEASE_MS = 1_000;
export const LONGEST_LEASE_MS = 60_000;

/** How fast the Lease changes hands. All are milliseconds. */
export interface Timings {
  /** How long a Lease without a change belongs to its holder, as another counts it. Whole seconds, as the Lease's own field. */
  readonly leaseMs: number;
  /** How often the holder renews. */
  readonly renewMs: number;
  /** How long the holder is active after it sent its last good renewal, as it counts itself. */
  readonly giveUpMs: number;
}

export interface HandoverConfig {
  /** How long a planned stop waits for a peer to be active. */
  readonly withinMs: number;
  /** How long the nodes take to hear of a change: waited for before it, as the pod's end is one, and after it. */
  readonly settleMs: number;
}

/** How the engine is checked. */
export interface CheckConfig {
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** So many failures in a row, and the engine does not work. */
  readonly failures: number;
}

export interface TrafficConfig {
  /** The selector-less Service, and the EndpointSlice that says where it leads. */
  readonly service: string;
  readonly endpointSlice: string;
  /** Whether every pod that works gets traffic, not the active one alone. */
  readonly everyone: boolean;
  readonly ports: readonly TrafficPort[];
}

export interface TrafficPort {
  /** Empty where the Service has one port without a name. */
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

/** The site whose pods the agent watches, in the pair's own namespace. */
export interface MarkingConfig {
  /** The Lease in which the site's agents vote. */
  readonly lease: string;
  /** The label selector of the site's pods. */
  readonly selector: string;
  /** The pods of the cluster's DNS, where the agent may mark them, too. */
  readonly dns?: readonly SelectedPods[] | undefined;
}

/** The pods of a namespace that a label selector selects. */
export interface SelectedPods {
  readonly namespace: string;
  readonly selector: string;
}

const traffic = object<TrafficConfig>({
  service: text(),
  endpointSlice: text(),
  everyone: boolean(),
  ports: list(object<TrafficPort>({ name: anyText(), port: port(), protocol: oneOf(['TCP', 'UDP', 'SCTP']) })),
});

const marking = object<MarkingConfig>({
  lease: text(),
  selector: text(),
  dns: optional(list(object<SelectedPods>({ namespace: text(), selector: text() }))),
});

const shape = object<AgentConfig>({
  namespace: text('name the namespace of the pair'),
  name: text('name the Lease'),
  pods: list(text('name a pod')),
  port: port(),
  timings: object<Timings>({ leaseMs: wholeNumber(), renewMs: wholeNumber(), giveUpMs: wholeNumber() }),
  requireLease: boolean(),
  handover: object<HandoverConfig>({ withinMs: wholeNumber(1), settleMs: wholeNumber() }),
  check: object<CheckConfig>({ everyMs: wholeNumber(1), timeoutMs: wholeNumber(1), failures: wholeNumber(1) }),
  engine: engineConfig,
  traffic: optional(traffic),
  reads: optional(traffic),
  marking: optional(marking),
});

/** Also refuses whatever could make two pods active, or none ever. */
const agentConfig: Parser<AgentConfig> = {
  parse(value, path) {
    const config = shape.parse(value, path);
    const { pods, timings } = config;
    if (new Set(pods).size < 2 || new Set(pods).size < pods.length)
      refuse('pods', 'name two different pods or more', pods);
    if (timings.leaseMs < LEAST_LEASE_MS || timings.leaseMs % 1000 !== 0)
      refuse('timings.leaseMs', 'be whole seconds, as the Lease has no smaller unit', timings.leaseMs);
    if (timings.giveUpMs > 0.8 * timings.leaseMs)
      refuse('timings.giveUpMs', 'be at most 0.8 of leaseMs, as clocks drift', timings.giveUpMs);
    if (timings.renewMs < 1 || timings.renewMs * 3 > timings.giveUpMs)
      refuse('timings.renewMs', 'fit three times into giveUpMs', timings.renewMs);
    return config;
  },
};

export function parseAgentConfig(json: string): AgentConfig {
  return parseJson(agentConfig, json, "the agent's configuration");
}
