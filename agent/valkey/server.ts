import type { ValkeyClient } from './client';

/** What a server says of itself, in one answer: all of it is of one moment. */
export interface Standing {
  /** The run of the process: another one after each start. */
  readonly run: string;
  /** Whether it takes the writes of clients, but for what `min-replicas-to-write` forbids. */
  readonly leads: boolean;
  /** The server that it follows, `host:port`. */
  readonly source: string;
  /** Whether it is connected to that, and has all that it had when they connected. */
  readonly linked: boolean;
  /** Whether its data are being replaced by a copy of its source's. */
  readonly syncing: boolean;
  /** Whether it reads its data from the disk, or from its source. */
  readonly loading: boolean;
  /**
   * Whether its log on the disk has all that it has: it is switched on, and is not written anew. After a copy it is written anew, and
   * until that is done, the disk has what there was before.
   */
  readonly logged: boolean;
  /** Whether its log is switched on, and was written to the last time. */
  readonly logs: boolean;
  /** The history that its data are of, and how far it has got. Two servers with the same history differ by the offset alone. */
  readonly history: string;
  readonly offset: number;
  /** The history before this server began to lead, and how far it had followed it. */
  readonly before: { readonly history: string; readonly offset: number };
  /** Keys of all databases. */
  readonly keys: number;
  /** Every line, for figures. */
  readonly lines: Readonly<Record<string, string>>;
}

/** A server that nothing leads to: it is told to follow it where it is to take no writes. */
export const NOBODY = { host: '127.0.0.1', port: 1 } as const;

/** A Valkey server, by the commands that agents send it. */
export class ValkeyServer {
  public constructor(private readonly client: ValkeyClient) {}

  public async standing(): Promise<Standing> {
    return parseInfo(String(await this.client.ask('INFO')));
  }

  public async set(name: string, value: string): Promise<void> {
    await this.client.ask('CONFIG', 'SET', name, value);
  }

  public async follow(host: string, port: number): Promise<void> {
    await this.client.ask('REPLICAOF', host, String(port));
  }

  public async lead(): Promise<void> {
    await this.client.ask('REPLICAOF', 'NO', 'ONE');
  }

  /** Ends the connections of programs: they connect again, through the Service. */
  public async endClients(user: string): Promise<void> {
    await this.client.ask('CLIENT', 'KILL', 'USER', user);
  }

  /** Gives an account these passwords and no others, each as its SHA-256. */
  public async setPasswords(user: string, hashes: readonly string[]): Promise<void> {
    await this.client.ask('ACL', 'SETUSER', user, 'resetpass', ...hashes.map((hash) => `#${hash}`));
  }

  /** The password by which the server let the agent in last. */
  public get accepted(): string | undefined {
    return this.client.accepted;
  }
}

export function parseInfo(text: string): Standing {
  const lines: Record<string, string> = {};
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) lines[line.slice(0, colon)] = line.slice(colon + 1);
  }
  const is = (name: string, value = '1') => lines[name] === value;
  const number = (name: string) => Number(lines[name] ?? Number.NaN);
  const leads = is('role', 'master');
  const logs = is('aof_enabled') && is('aof_last_write_status', 'ok');
  const rests = is('aof_rewrite_in_progress', '0') && is('aof_rewrite_scheduled', '0');
  return {
    run: lines['run_id'] ?? '',
    leads,
    source: leads ? '' : `${lines['master_host']}:${lines['master_port']}`,
    linked: is('master_link_status', 'up'),
    syncing: is('master_sync_in_progress'),
    loading: !is('loading', '0') || is('async_loading'),
    logged: logs && rests && is('aof_last_bgrewrite_status', 'ok'),
    logs,
    history: lines['master_replid'] ?? '',
    offset: number('master_repl_offset'),
    before: { history: lines['master_replid2'] ?? '', offset: number('second_repl_offset') },
    keys: Object.entries(lines)
      .filter(([name]) => /^db\d+$/.test(name))
      .reduce((sum, [, value]) => sum + Number(/keys=(\d+)/.exec(value)?.[1] ?? 0), 0),
    lines,
  };
}
