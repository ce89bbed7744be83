import type { Connection } from '../../agent/mysql/client';

/** Each server of a pair under test: a real mysqld, or the modelled one. */
export interface LabServer {
  readonly uuid: string;
  /** Where the other server finds it. */
  readonly host: string;
  readonly port: number;
  connect(user: User): Promise<Connection>;
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Waits until mysqld has ended, was started again and answers; returns its exit code, 137 for a SIGKILL. */
  restarted(): Promise<number>;
  /** Removes its binary logs, but for the one that it writes to. */
  purge(): Promise<void>;
  /** Has a transaction of the other server that inserts a row, though nothing sent it. */
  obtain(uuid: string, number: number, row: number): Promise<void>;
  /** Forgets every transaction, as where its volume is restored from an older state. */
  setBack(): Promise<void>;
}

export type User = 'agent' | 'replication' | 'site';

/** Two servers with the settings of a pair: each read-only, with no data, following nobody. */
export interface Lab {
  readonly first: LabServer;
  readonly second: LabServer;
  pass(ms: number): Promise<void>;
}

/** Makes servers as a scenario wants them, runs it, and lets the next one begin anew. */
export interface Laboratory {
  start(): Promise<void>;
  run(scenario: (lab: Lab) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}
