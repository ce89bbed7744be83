import type { Parser } from './parser';
import { byKind, list, object, oneOf, optional, parseJson, port, record, text, wholeNumber } from './parser';

/** The configuration of the exporter beside Admin's Prometheus. */
export interface ExporterConfig {
  readonly port: number;
  /** Each is scraped as `/metrics?of=NAME`. */
  readonly targets: Readonly<Record<string, ExporterTarget>>;
}

export type ExporterTarget = ServerTarget | CronJobTarget | QueryTarget | RedisListsTarget;

/** A server that tells figures of itself in a protocol of its own. */
export interface ServerTarget {
  readonly kind: 'apache' | 'certificate' | 'mail-certificate' | 'memcached' | 'nginx';
  /** Left out, each scrape names the address: `/metrics?of=NAME&at=10.0.0.7`. */
  readonly host?: string | undefined;
  readonly port: number;
  /** The name whose certificate the server shows. */
  readonly serverName?: string;
}

/** A CronJob, of which the API server knows when it last succeeded. */
export interface CronJobTarget {
  readonly kind: 'cron-job';
  readonly namespace: string;
  readonly name: string;
}

/** A statement whose result is figures. */
export interface QueryTarget {
  readonly kind: 'queries';
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  /** The variable of the environment that has the user, where its name is in a Secret. */
  readonly userVariable?: string | undefined;
  /** The variable of the environment that has the password. */
  readonly passwordVariable: string;
  readonly database: string;
  /** Each column is a figure, `PREFIX_COLUMN`, but for those that are labels. */
  readonly statement: string;
  readonly prefix: string;
  readonly labels: readonly string[];
}

/** Lists of Valkey or Redis, whose lengths are figures. */
export interface RedisListsTarget {
  readonly kind: 'redis-lists';
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  /** The variable of the environment that has the password, where the server wants one. */
  readonly passwordVariable?: string | undefined;
  /** The variable that has the certificate of the server's authority; unset, the connection is not encrypted. */
  readonly authorityVariable?: string | undefined;
  /** The number of the database. */
  readonly database: number;
  /** Their keys, by the names of the queues. */
  readonly lists: Readonly<Record<string, string>>;
}

const server = <K extends ServerTarget['kind']>(kind: K): Parser<ServerTarget & { kind: K }> =>
  object<ServerTarget & { kind: K }>({
    kind: oneOf([kind]),
    host: optional(text()),
    port: port(),
    serverName: optional(text()),
  });

const target = byKind<ExporterTarget>({
  apache: server('apache'),
  certificate: server('certificate'),
  'mail-certificate': server('mail-certificate'),
  memcached: server('memcached'),
  nginx: server('nginx'),
  'cron-job': object<CronJobTarget>({ kind: oneOf(['cron-job']), namespace: text(), name: text() }),
  queries: object<QueryTarget>({
    kind: oneOf(['queries']),
    host: text(),
    port: port(),
    user: optional(text()),
    userVariable: optional(text()),
    passwordVariable: text(),
    database: text(),
    statement: text(),
    prefix: text(),
    labels: list(text()),
  }),
  'redis-lists': object<RedisListsTarget>({
    kind: oneOf(['redis-lists']),
    host: text(),
    port: port(),
    user: optional(text()),
    passwordVariable: optional(text()),
    authorityVariable: optional(text()),
    database: wholeNumber(),
    lists: record(text()),
  }),
});

const exporterConfig = object<ExporterConfig>({ port: port(), targets: record(target) });

export function parseExporterConfig(json: string): ExporterConfig {
  return parseJson(exporterConfig, json, "the exporter's configuration");
}
