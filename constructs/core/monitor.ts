import type { ServerTarget } from '../../contract/exporter-config';
import type { IConnectable } from './connectable';
import type { Role } from './role';

/** The port at which Prometheus finds the figures of a role's pods. */
export interface Scrape {
  readonly port: number;
  readonly path: string;
}

/**
 * Figures that a program tells in a way of its own. A small program beside Admin's Prometheus asks for them, so that no slice has to give
 * RAM to an exporter.
 */
export type MetricsSource = SliceMetrics | DatabaseMetrics | CronJobMetrics | RedisListMetrics;

/** Figures asked for at a port of each slice of the role that there always is. */
export interface SliceMetrics {
  readonly kind: ServerTarget['kind'];
  readonly port: number;
  /** The name that a certificate is asked for. */
  readonly serverName?: string;
  /** Whether the role has such figures of another name already. */
  readonly further?: boolean;
}

/** The last success of a CronJob beside the role's slices: the API server is asked. */
export interface CronJobMetrics {
  readonly kind: 'cron-job';
  readonly name: string;
}

/** Figures that a statement finds in a database, once for the whole role. */
export interface DatabaseMetrics {
  readonly kind: 'database';
  readonly database: IConnectable;
  /** Left out, it is the database that its users are told of. */
  readonly databaseName?: string;
  /** Each column is a figure, `PREFIX_COLUMN`, but for columns that are labels. */
  readonly statement: string;
  readonly prefix: string;
  readonly labels: string[];
}

/** The lengths of lists that a server of Valkey or Redis has. */
export interface RedisListMetrics {
  readonly kind: 'redis-lists';
  readonly server: IConnectable;
  /** Their keys, by the names of the queues. */
  readonly lists: Record<string, string>;
  /** The number of the database. */
  readonly database: number;
}

/** An alert about a role. */
export interface Alert {
  /** The name, which starts with its subject: `CacheEvicts`. */
  readonly name: string;
  /** PromQL that gives a series for each trouble. The series of a role's own scrapes have the labels `role` and `slice`. */
  readonly expr: string;
  /** How long it has to last: `5m`. */
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  /** The problem, and what to do. In it `{{ $labels.slice }}` and `{{ $value }}` stand for the subject. */
  readonly summary: string;
}

/**
 * A condition that held for so many minutes in total, also where it came and went: `for` would begin anew each time. It ends once the
 * condition has not held for a minute.
 *
 * @param series What is compared: a selector, of series that are scraped every 15 seconds.
 * @param condition A comparison that gives 0 or 1, as `== bool 0`.
 * @param minutes How long it has to have held.
 * @param within The minutes that are looked at.
 */
export function inTotal(series: string, condition: string, minutes: number, within: number): string {
  const held = (window: string) => `sum_over_time((${series} ${condition})[${window}:15s])`;
  return `${series} and ${held(`${within}m`)} >= ${minutes * 4} and ${held('1m')} > 0`;
}

/** A figure of the whole role, at each of its slices. */
export function atEachSlice(role: Role, expr: string): string {
  return `slice:ram_limit:bytes{role="${role.name}"} * 0 + on () group_left () (${expr})`;
}

/** One of the few numbers that tell how an engine does. */
export interface Panel {
  readonly title: string;
  /** PromQL that gives a value for each slice, under the label `slice`. */
  readonly expr: string;
  readonly unit: Unit;
  /** Whether a low value is the bad one, so that a graph shows the lowest of each step. @default false */
  readonly low?: boolean;
  /** Whether Admin's page draws it; who is active has a strip of its own there. @default true */
  readonly drawn?: boolean;
}

export enum Unit {
  NUMBER = 'number',
  PER_SECOND = 'per second',
  RATIO = 'ratio',
  BYTES = 'bytes',
  SECONDS = 'seconds',
}
