import type { Timings } from './leader';

/** What a ConfigMap says to both pods of a pair: the same file for each. */
export interface Config {
  readonly namespace: string;
  /** The name of the Lease. */
  readonly name: string;
  /** Every pod of the pair. */
  readonly pods: readonly string[];
  /** Where the agent listens. */
  readonly port: number;
  /** `leaseMs` is in whole seconds, since the Lease's own field is. */
  readonly timings: Timings;
  /** Whether to stop being active when the API server is out of reach, even where the peer agrees. */
  readonly strict: boolean;
  readonly handover: {
    /** How long a planned stop waits for a peer to be active. */
    readonly withinMs: number;
    /** How long the nodes take to hear of a change: waited for before it, as the pod's end is one, and after it. */
    readonly settleMs: number;
  };
  readonly check: {
    readonly everyMs: number;
    readonly timeoutMs: number;
    /** So many failures in a row, and the engine does not work. */
    readonly failures: number;
  };
  readonly engine: Readonly<Record<string, unknown>> & { readonly kind: string };
  /** Undefined where Services select the label instead. */
  readonly traffic: TrafficConfig | undefined;
  /** Where what only reads is led: to each standby that may be read from, to the active one where there is none. */
  readonly reads: TrafficConfig | undefined;
}

export interface TrafficConfig {
  /** The selector-less Service, and the EndpointSlice that says where it leads. */
  readonly service: string;
  readonly endpointSlice: string;
  /** Whether every pod that works gets traffic, not the active one alone. */
  readonly everyone: boolean;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}

/** What the pod's own environment says. */
export interface Place {
  readonly pod: string;
  readonly address: string;
  readonly node: string;
}

/** Reads the configuration; refuses what could make two active, or none ever. */
export function parseConfig(text: string): Config {
  const given = JSON.parse(text) as Config;
  const config: Config = { ...given, traffic: given.traffic ?? undefined, reads: given.reads ?? undefined };
  const { timings, pods, check, handover } = config;
  const wrong = (property: string, rule: string, value: unknown): never => {
    throw new Error(`${property} must ${rule}, got ${JSON.stringify(value)}`);
  };
  if (!config.namespace) wrong('namespace', 'name the namespace of the pair', config.namespace);
  if (!config.name) wrong('name', 'name the lease', config.name);
  if (!Array.isArray(pods) || new Set(pods).size < 2) wrong('pods', 'name two pods or more', pods);
  if (!Number.isInteger(config.port)) wrong('port', 'be a port number', config.port);
  if (!(timings.leaseMs >= 1000) || timings.leaseMs % 1000)
    wrong('timings.leaseMs', 'be whole seconds, as the lease has no smaller unit', timings.leaseMs);
  if (!(timings.giveUpMs <= 0.8 * timings.leaseMs))
    wrong('timings.giveUpMs', 'be at most 0.8 of leaseMs, as clocks drift', timings.giveUpMs);
  if (!(timings.renewMs > 0 && timings.renewMs * 3 <= timings.giveUpMs))
    wrong('timings.renewMs', 'fit three times into giveUpMs', timings.renewMs);
  if (!(check.everyMs > 0 && check.timeoutMs > 0 && check.failures >= 1))
    wrong('check', 'have a period, a time-out and a number of failures', check);
  if (!(handover.withinMs > 0 && handover.settleMs >= 0))
    wrong('handover', 'have a bound and a time to settle', handover);
  if (!config.engine?.kind) wrong('engine.kind', 'name the kind of engine', config.engine);
  return config;
}

export function parsePlace(env: Readonly<Record<string, string | undefined>>, config: Config): Place {
  const need = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} must be set in the environment`);
    return value;
  };
  const place = { pod: need('POD_NAME'), address: need('POD_IP'), node: need('NODE_NAME') };
  if (!config.pods.includes(place.pod))
    throw new Error(`POD_NAME must be one of pods, got ${JSON.stringify(place.pod)}`);
  return place;
}
