import type { Leader } from '../engine';
import type { Agent } from '../engine';
import type { Log } from '../log';
import { Asking } from './asking';
import { foreignTo } from './comparing';
import { Copying } from './copying';
import type { Host } from './host';
import { thisHost } from './host';
import { logsIn } from './passwords';
import { Step, joining } from './rules';
import type { Server } from './rules';
import { MySqlServer, authority, quoted } from './server';
import type { ReplicaStatus } from './server';

/** A replica further behind than this, in seconds, is not read from. */
const READABLE_LAG = 10;
/** How long the leader's server may take to answer: a takeover waits for it. */
const REMOTE_MS = 1_000;
/** How long it waits, after an error, before it tries again. */
const AGAIN_MS = 5_000;
/** What went wrong before counts no more once it has replicated for so long. */
const HEALED_MS = 60_000;
/** At most so often a copy of all data is taken because something received cannot be applied. */
const COPY_AGAIN_MS = 600_000;

/** The account that a server takes its copy with. */
export interface Source {
  readonly host: string;
  readonly port: number;
  /** The passwords that it may know the account by, the one to use first. */
  readonly passwords: () => readonly string[];
  /** The file with the authority that its certificate has to be signed by; unset, the connection is encrypted, to whomever. */
  readonly ca?: string;
}

/** What is to be done with a server that does not follow the leader, and the password that the leader's takes. */
interface Compared {
  readonly what: Step;
  readonly errant: string;
  readonly password: string;
  /** The leader's server. */
  readonly uuid: string;
}

/** What a standby does: it sees to it that it follows the leader, whatever has happened to either. */
export class ReplicaDuties {
  public readonly asking: Asking;
  private readonly copying: Copying;
  private asideFor: string | undefined;
  /** The tenure of the primary that it was last compared with. */
  private comparedWith = '';
  private told = '';
  private failedAt = Number.NEGATIVE_INFINITY;
  private copiedAt = Number.NEGATIVE_INFINITY;
  private passwordAt = Number.NEGATIVE_INFINITY;
  /** How often in a row it could not apply what it had received, and since when it can. */
  private failures = 0;
  private well: number | undefined;

  public constructor(
    private readonly server: MySqlServer,
    /** A connection that may wait for long. */
    patient: MySqlServer,
    /** The run of its node. */
    private readonly boot: string,
    private readonly agent: Agent,
    private readonly log: Log,
    /** Whether a server takes the password that it is asked with. */
    private readonly takes: (server: MySqlServer) => Promise<boolean> = logsIn,
    private readonly host: Host = thisHost,
  ) {
    // No two requests of any agent have the same: the node's run, and when in it.
    this.asking = new Asking(agent, () => `${boot.slice(0, 8)}-${Math.round(host.uptime() * 100)}`);
    this.copying = new Copying(server, patient, host.clock);
  }

  /** Whether its data are being replaced. */
  public get cloning(): boolean {
    return this.copying.active;
  }

  /** Why it cannot follow the leader; undefined where it can, or nothing is known. */
  public get trouble(): string | undefined {
    if (this.copying.active) return 'it takes a copy of all data';
    const { request, denial } = this.asking;
    if (request?.to === 'clones')
      return `it needs a copy of all data${denial === undefined ? '' : `, which the primary does not give: ${denial}`}`;
    return this.failures > 0 ? 'it cannot apply what it received' : undefined;
  }

  /** One round; returns whether this server may be read from. */
  public async look(leader: Leader, source: Source): Promise<boolean> {
    const status = await this.server.replicaStatus();
    const follows = status?.source === source.host;
    if (follows && status.applying) await this.renewPassword(source);
    const replicates = follows && status.receiving && status.applying;
    if (replicates && (await this.fits(leader, source))) return this.follow(status);
    this.well = undefined;
    if (replicates) return false;
    if (follows && status.connecting && status.applying) return false;
    if (follows && status.error === '' && !status.receiving && !status.applying) return this.resume();
    await this.mend(leader, source, follows ? status : undefined);
    return false;
  }

  private async follow({ lag }: ReplicaStatus): Promise<boolean> {
    const now = this.host.clock.now();
    this.well ??= now;
    this.asideFor = undefined;
    if (now - this.well > AGAIN_MS) this.asking.done();
    if (now - this.well > HEALED_MS) {
      this.failures = 0;
      this.told = '';
    }
    await this.server.query('SET GLOBAL offline_mode = OFF');
    return (lag ?? Infinity) <= READABLE_LAG && this.asking.request === undefined;
  }

  /**
   * A server goes on to receive by itself when another one leads under the name of its source, as one that was emptied and
   * forced to. Its surplus over that one would come back. Returns whether it may go on.
   */
  private async fits(leader: Leader, source: Source): Promise<boolean> {
    const { primary, term } = this.agent.facts();
    const tenure = `${primary} ${term}`;
    if (this.comparedWith === tenure) return true;
    const { what, errant, uuid } = await this.compare(await this.own(), leader, source);
    const surplus = await foreignTo(uuid, errant, this.server);
    if (what !== Step.JOIN && (errant === '' || surplus !== '')) {
      await this.server.stopReceiving();
      return false;
    }
    this.comparedWith = tenure;
    return true;
  }

  /**
   * It goes on with the password that it has connected with, and with that alone it tries to connect again: once that is not
   * good any more, it would try for ever.
   */
  private async renewPassword(source: Source): Promise<void> {
    if (this.host.clock.now() < this.passwordAt) return;
    this.passwordAt = this.host.clock.now() + AGAIN_MS;
    const [now = ''] = source.passwords();
    const has = await this.server.sourcePassword();
    if (has === undefined || has === now || !(await this.takes(this.remote(source, now)).catch(() => false))) return;
    await this.server.stopReceiving();
    await this.server.query(`CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = ${quoted(now)}`);
    await this.server.query('START REPLICA IO_THREAD');
    this.log('replicates with a new password', { from: source.host });
    this.agent.event('Normal', 'MySQLPassword', `it replicates from ${source.host} with the new password`);
  }

  /** After a restart: what was received and not yet applied stays. */
  private async resume(): Promise<boolean> {
    await this.server.query('START REPLICA');
    return false;
  }

  /** It does not follow the leader: `status` is there where it has followed it before. */
  private async mend(leader: Leader, source: Source, status: ReplicaStatus | undefined): Promise<void> {
    const now = this.host.clock.now();
    const due = now - this.failedAt >= AGAIN_MS;
    if (status?.error && !due && !this.asking.request) return;
    // Its own first: what it gets from the leader meanwhile is then no surplus.
    const own = await this.own();
    const step = await this.compare(own, leader, source);
    if (step.what === Step.SET_ASIDE) return this.setAside(leader, own.uuid, step.errant);
    if (step.what === Step.CLONE) return this.clone(source, own, step);
    if (!status) return this.replicate(leader, source, step.password);
    // It was stopped, as for a full volume: whatever its connection lacks, nothing that it received is wrong.
    if (!status.applying && status.applyError === '') return void (await this.server.query('START REPLICA SQL_THREAD'));
    if (!status.applying) return this.applyAgain(leader, source, own, step, status, due);
    if (status.error) this.failedAt = now;
    // It acknowledges nothing while it may be unable to apply what it has.
    const pending = await this.server.subtract(status.retrieved, own.executed);
    if (pending === '' || this.failures === 0) await this.server.query('START REPLICA IO_THREAD');
  }

  /**
   * It cannot apply what it received. It is tried again; then it is received again, as the relay log may be torn after a loss of
   * power; then all data are copied, as they are not the primary's any more. What was received is kept until the primary has
   * taken this server's name out of the Lease: it may be nowhere else tomorrow.
   */
  private async applyAgain(
    leader: Leader,
    source: Source,
    own: Server,
    step: Compared,
    { error }: ReplicaStatus,
    due: boolean,
  ): Promise<void> {
    if (due) {
      this.failures++;
      this.failedAt = this.host.clock.now();
      // One that cannot apply does not acknowledge, either.
      await this.server.stopReceiving();
      this.log('cannot apply what it received', { error, times: this.failures });
      if (this.told !== error)
        this.agent.event('Warning', 'MySQLReplicaBroken', `it cannot apply what it received: ${error}`);
      this.told = error;
    }
    const copies = this.host.clock.now() - this.copiedAt > COPY_AGAIN_MS;
    if (this.failures > 2 && copies) return this.clone(source, own, step);
    if (this.failures === 2 && this.asking.mayNow('discards', own)) {
      this.asking.done();
      return this.replicate(leader, source, step.password);
    }
    if (due) await this.server.query('START REPLICA SQL_THREAD');
  }

  /** What it had received and not applied is given up. */
  private async replicate(leader: Leader, source: Source, password: string): Promise<void> {
    await this.server.query('STOP REPLICA');
    await this.server.query(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ${quoted(source.host)}, SOURCE_PORT = ${source.port},` +
        ` SOURCE_USER = 'replication', SOURCE_PASSWORD = ${quoted(password)}, SOURCE_AUTO_POSITION = 1,` +
        ` SOURCE_SSL = 1, ${verified(source)}SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 1000000, SOURCE_HEARTBEAT_PERIOD = 1`,
    );
    await this.server.query('START REPLICA');
    this.log('replicates', { from: leader.pod });
  }

  private async own(): Promise<Server> {
    return { ...(await this.server.describe()), boot: this.boot, half: await this.server.isHalf() };
  }

  private async compare(own: Server, leader: Leader, source: Source): Promise<Compared> {
    const primary = this.remote(source, source.passwords);
    try {
      const theirs = await primary.describe();
      const facts = this.agent.facts();
      if (theirs.uuid !== facts['primary']) throw new Error(`${leader.pod} has not begun to take writes`);
      const errant = await this.server.subtract(own.executed, theirs.executed);
      const missing = await this.server.subtract(theirs.purged, own.executed);
      const what = joining({ server: own, facts, errant, missing });
      return { what, errant, password: primary.accepted, uuid: theirs.uuid };
    } finally {
      primary.close();
    }
  }

  private async setAside(leader: Leader, uuid: string, errant: string): Promise<void> {
    this.asking.done();
    await this.server.query('SET GLOBAL offline_mode = ON');
    if (this.asideFor === leader.pod + leader.term) return;
    this.asideFor = leader.pod + leader.term;
    this.log('set aside', { uuid, errant, why: 'it has transactions that the primary does not have' });
    this.agent.event('Warning', 'MySQLSetAside', `it has transactions that ${leader.pod} does not have: ${errant}`);
  }

  private async clone({ host, port }: Source, own: Server, { errant, password }: Compared): Promise<void> {
    if (!this.asking.mayNow('clones', own)) return;
    this.log('takes a copy of all data', { from: host, errant });
    this.agent.event('Normal', 'MySQLClone', `takes a copy of all data from ${host}; gives up '${errant}'`);
    this.copiedAt = this.host.clock.now();
    try {
      await this.copying.run({ host, port, password }, this.asking.answers);
    } finally {
      this.asking.done();
    }
  }

  private remote({ host, port, ca }: Source, password: string | (() => readonly string[])): MySqlServer {
    const { connect, clock, files } = this.host;
    const address = { timeoutMs: REMOTE_MS, host, port, user: 'replication', password, ...authority(ca, files) };
    return new MySqlServer(address, undefined, connect, clock);
  }
}

function verified({ ca }: Source): string {
  return ca === undefined
    ? "SOURCE_SSL_CA = '', SOURCE_SSL_VERIFY_SERVER_CERT = 0, "
    : `SOURCE_SSL_CA = ${quoted(ca)}, SOURCE_SSL_VERIFY_SERVER_CERT = 1, `;
}
