import { byKind, list, object, oneOf, optional, port, record, text } from './parser';

/** What stands beside an agent, by its kind. */
export type EngineConfig = CheckedEngineConfig | MySqlEngineConfig | ValkeyEngineConfig;

/** How a program in the same pod shows that it works. */
export type CheckedEngineConfig = TcpCheckConfig | HttpCheckConfig;

export interface TcpCheckConfig {
  readonly kind: 'tcp';
  readonly port: number;
}

export interface HttpCheckConfig {
  readonly kind: 'http';
  readonly port: number;
  /** Any status from 200 to 399 is good. */
  readonly path: string;
}

/** What happens to writes while a pair has no replica. */
export const DURABILITIES = ['preferred', 'required'] as const;

/** A server that keeps data, one of a pair. */
interface DataEngineConfig {
  readonly socket: string;
  /** The folder in which the server's container looks for what this server is. */
  readonly fence: string;
  /** The volume of the data, as the agent sees it. */
  readonly data: string;
  readonly port: number;
  /** The address of each pod's server. */
  readonly slices: Readonly<Record<string, string>>;
  readonly durability: (typeof DURABILITIES)[number];
  /** Every account, the agent's own among them: their passwords may change while the server runs. */
  readonly accounts: readonly AccountConfig[];
}

export interface MySqlEngineConfig extends DataEngineConfig {
  readonly kind: 'mysql';
  /** The authority of the servers' certificates, as a file that the agent and mysqld both have; unset, any server's will do. */
  readonly ca?: string;
}

export interface ValkeyEngineConfig extends DataEngineConfig {
  readonly kind: 'valkey';
}

/** An account whose password is in a mounted Secret. */
export interface AccountConfig {
  readonly user: string;
  /** The folder of the Secret's files. */
  readonly folder: string;
  /** Where it may connect from; unset, anywhere. */
  readonly host?: string;
}

const account = object<AccountConfig>({ user: text(), folder: text(), host: optional(text()) });

const server = {
  socket: text(),
  fence: text(),
  data: text(),
  port: port(),
  slices: record(text()),
  durability: oneOf(DURABILITIES),
  accounts: list(account),
};

export const engineConfig = byKind<EngineConfig>({
  tcp: object<TcpCheckConfig>({ kind: oneOf(['tcp']), port: port() }),
  http: object<HttpCheckConfig>({ kind: oneOf(['http']), port: port(), path: text('be a path') }),
  mysql: object<MySqlEngineConfig>({ kind: oneOf(['mysql']), ...server, ca: optional(text()) }),
  valkey: object<ValkeyEngineConfig>({ kind: oneOf(['valkey']), ...server }),
});
