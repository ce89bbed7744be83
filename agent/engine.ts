import type { Metric } from './metrics';

/** What runs beside the agent and is either active or standby: a balancer, a database, any program with a check. */
export interface Engine {
  /** Whether it works. Asked all the time, on both pods; must settle within the check's time-out. */
  check(): Promise<Verdict>;

  /**
   * Whether this pod may become the active one, given the facts that the last holder published in the Lease. Asked
   * before each attempt to take over.
   */
  mayLead(facts: Facts): Promise<Verdict>;

  /**
   * Makes this engine the active one. The Lease is held and renewed all the while, and traffic may come before this is
   * done: the nodes need a while to hear of it. A failure gives the Lease back.
   */
  promote(tenure: Promotion): Promise<void>;

  /**
   * Makes this engine a standby. Before a planned handover the Lease is kept until this is done. Otherwise the Lease has
   * run out at this moment, and another may take over `leaseMs - giveUpMs` from now: be done by then.
   */
  demote(reason: string, planned: boolean): Promise<void>;

  /** Another pod is the active one; told once for each new one. */
  follow(leader: Leader): Promise<void>;

  /** Whether a standby does as well as the active one, so that traffic may lead to both while it changes hands. */
  readonly servesAsStandby?: boolean;

  /** Whether this standby may be read from now; left out where nothing is read from a standby. */
  readable?(): boolean;

  /** What the engine of the active one is to know of this one. */
  readonly note?: string;

  /** What Prometheus is told of it beside the agent's own figures. Never rejects. */
  figures?(): Promise<readonly Metric[]>;
}

export interface Verdict {
  readonly well: boolean;
  /** Why, in a few words that are logged: `connection refused`. */
  readonly reason: string;
  /** Whether there is no doubt that it does not run: it is not asked a second time. */
  readonly gone?: boolean;
}

/** What a holder publishes in the Lease's annotations. They stay until a holder changes them. */
export type Facts = Readonly<Record<string, string>>;

export interface Promotion {
  /** The fencing number: grows with each new holder. */
  readonly term: number;
  readonly facts: Facts;
}

export interface Leader {
  readonly pod: string;
  readonly address: string;
  readonly term: number;
  readonly facts: Facts;
}

/** What an engine may ask of the agent. */
export interface Agent {
  /**
   * Publishes facts in the Lease (undefined removes one). Resolves once the API server has them, rejects where this pod
   * does not hold the Lease or the write failed: a fact that others must know *before* something happens is awaited.
   */
  publish(facts: Readonly<Record<string, string | undefined>>): Promise<void>;
  /** What the other pod's engine says of itself, as it was last heard while this pod is the active one. */
  noteOfOther(): string | undefined;
  /** Whether the other pod is about to stop, as was last heard of it while this pod is the active one. */
  otherLeaves(): boolean;
  /** Whether this pod is the active one at this moment, by its own clock. */
  active(): boolean;
  /** What the Lease says now, as this pod last saw it. */
  facts(): Facts;
  /** Asks the engine's check at once, as something has happened to it. */
  recheck(): void;
  /** Makes an Event of the pod, for a person to see. */
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** Makes the engine; it may keep `agent` to publish facts later. */
export type EngineFactory = (agent: Agent) => Engine;
