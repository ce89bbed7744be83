import type { Cluster } from './cluster';

/** One fault of a plan: numbers alone, so that a plan can be written down and made smaller. */
export interface Fault {
  readonly kind: string;
  /** When it begins, in milliseconds since the run began. */
  readonly at: number;
  readonly forMs: number;
  readonly who: 'primary' | 'replica';
  /** Picks among the ways of a kind. */
  readonly n: number;
}

/** Makes a fault at a slice; returns what ends it, where it lasts. */
type Make = (cluster: Cluster, index: number, n: number) => (() => void) | void;

export interface Kind {
  /** How often it is picked, against the others. */
  readonly weight: number;
  readonly make: Make;
}

/** Kinds of faults by their names. */
export type Kinds = Readonly<Record<string, Kind>>;
