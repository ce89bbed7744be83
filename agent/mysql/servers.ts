import type { MySqlEngineConfig } from '../../contract/engine-config';
import { AGENT_USER } from '../../contract/mysql-names';
import { keysIn } from '../mounted-secret';
import { GivenUp } from './given-up';
import type { Host } from './host';
import { MySqlServer, authority } from './server';

/** Makes the connections of an agent: to the server beside it, and to the other one of the pair. */
export class Servers {
  private readonly givenUp: GivenUp;

  public constructor(
    private readonly settings: MySqlEngineConfig,
    private readonly pod: string,
    private readonly host: Host,
  ) {
    this.givenUp = new GivenUp(host.clock);
  }

  /** To the server beside it, as the agent's own account. */
  public own(timeoutMs = 5_000, whenClosed?: () => void): MySqlServer {
    const { clock, connect } = this.host;
    const password = this.passwordsOf(AGENT_USER);
    const address = { socketPath: this.settings.socket, user: AGENT_USER, password, timeoutMs };
    return new MySqlServer(address, whenClosed, connect, clock, this.givenUp);
  }

  /** To the server beside it, as an account with a password. */
  public as(user: string, password: string): MySqlServer {
    const { clock, connect } = this.host;
    const address = { socketPath: this.settings.socket, user, password, timeoutMs: 5_000 };
    return new MySqlServer(address, undefined, connect, clock);
  }

  /** To the other server, as it is seen from here. */
  public other(timeoutMs: number): MySqlServer {
    const { slices, port, ca } = this.settings;
    const { clock, connect, files } = this.host;
    const host = Object.entries(slices).find(([name]) => name !== this.pod)?.[1] ?? '';
    const account = { user: 'replication', password: this.passwordsOf('replication') };
    return new MySqlServer({ host, port, ...account, ...authority(ca, files), timeoutMs }, undefined, connect, clock);
  }

  /** The passwords that an account may have now, the one to use first. */
  public passwordsOf(user: string): () => string[] {
    const folder = this.settings.accounts.find((each) => each.user === user)?.folder;
    if (folder === undefined) throw new Error(`engine.accounts has no ${user}`);
    return () => keysIn(folder, (path) => this.host.files.read(path));
  }
}
