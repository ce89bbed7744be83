/** Where Prometheus finds the figures of a role's pods. */
export interface Scrape {
  readonly port: number;
  readonly path: string;
}

/** What someone is told when it goes wrong with a role. */
export interface Alert {
  /** Starts with what it is about: `CacheEvicts`. */
  readonly name: string;
  /** PromQL that gives a series for each trouble. The series of a role's own scrapes have the labels `role` and `slice`. */
  readonly expr: string;
  /** How long it has to last: `5m`. */
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  /** A sentence, in which `{{ $labels.slice }}` and `{{ $value }}` stand for what it is about. */
  readonly summary: string;
}

/** One of the few numbers that tell how an engine does. */
export interface Vital {
  readonly title: string;
  /** PromQL that gives a value for each slice, under the label `slice`. */
  readonly expr: string;
  readonly unit: Unit;
}

export enum Unit {
  NUMBER = 'number',
  PER_SECOND = 'per second',
  RATIO = 'ratio',
  BYTES = 'bytes',
  SECONDS = 'seconds',
}
