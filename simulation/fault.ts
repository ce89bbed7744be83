import type { PairCluster } from './pair-cluster';

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
type Make<C> = (cluster: C, index: number, n: number) => (() => void) | void;

export interface Kind<C> {
  /** How often it is picked, against the others. */
  readonly weight: number;
  readonly make: Make<C>;
}

/** Kinds of faults by their names. */
export type Kinds<C = PairCluster> = Readonly<Record<string, Kind<C>>>;
