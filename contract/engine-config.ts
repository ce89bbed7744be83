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

export interface MySqlEngineConfig {
  readonly kind: 'mysql';
  readonly socket: string;
  /** The folder in which mysqld's container looks for what this server is. */
  readonly fence: string;
  /** The volume of the data, as the agent sees it. */
  readonly data: string;
  readonly port: number;
  /** The address of each pod's server. */
  readonly slices: Readonly<Record<string, string>>;
  readonly durability: (typeof DURABILITIES)[number];
  /** The authority of the servers' certificates, as a file that the agent and mysqld both have; unset, any server's will do. */
  readonly ca?: string;
  /** Every account, the agent's own among them: their passwords may change while the server runs. */
  readonly accounts: readonly AccountConfig[];
}

export interface ValkeyEngineConfig {
  readonly kind: 'valkey';
  readonly socket: string;
  /** The folder in which the server's container looks for what this server is. */
  readonly fence: string;
  /** The volume of the data, as the agent sees it. */
  readonly data: string;
  readonly port: number;
  /** The address of each pod's server. */
  readonly slices: Readonly<Record<string, string>>;
  readonly durability: (typeof DURABILITIES)[number];
  /** The accounts of programs and of the agents: their passwords may change while the server runs. */
  readonly accounts: readonly AccountConfig[];
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

export const engineConfig = byKind<EngineConfig>({
  tcp: object<TcpCheckConfig>({ kind: oneOf(['tcp']), port: port() }),
  http: object<HttpCheckConfig>({ kind: oneOf(['http']), port: port(), path: text('be a path') }),
  mysql: object<MySqlEngineConfig>({
    kind: oneOf(['mysql']),
    socket: text(),
    fence: text(),
    data: text(),
    port: port(),
    slices: record(text()),
    durability: oneOf(DURABILITIES),
    ca: optional(text()),
    accounts: list(account),
  }),
  valkey: object<ValkeyEngineConfig>({
    kind: oneOf(['valkey']),
    socket: text(),
    fence: text(),
    data: text(),
    port: port(),
    slices: record(text()),
    durability: oneOf(DURABILITIES),
    accounts: list(account),
  }),
});
