import { sleep } from '../clock';
import type { Leader } from '../engine';
import type { Agent } from '../engine';
import type { Log } from '../log';
import type { Host } from './host';
import { thisHost } from './host';
import { logsIn } from './passwords';
import { Step, isNamed, joining } from './rules';
import type { Server } from './rules';
import { MySqlServer, authority, quoted } from './server';
import type { ReplicaStatus } from './server';

/** A replica further behind than this, in seconds, is not read from. */
const READABLE_LAG = 10;
/** How long a copy of all data may take. */
const CLONE_MS = 24 * 3600 * 1000;
/** How long it waits for the primary to have heard that it is about to take a copy. */
const GIVE_WAY_MS = 1_500;
/** How long the leader's server may take to answer: a takeover waits for it. */
const REMOTE_MS = 1_000;
/** How long it waits, after an error, before it tries again. */
const AGAIN_MS = 5_000;

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
}

/** What a standby does: it sees to it that it follows the leader, whatever has happened to either. */
export class ReplicaDuties {
  /** Whether its data are being replaced. */
  public cloning = false;
  private asideFor: string | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;
  private passwordAt = Number.NEGATIVE_INFINITY;

  public constructor(
    private readonly server: MySqlServer,
    /** A connection that may wait for long. */
    private readonly patient: MySqlServer,
    /** The run of its node. */
    private readonly boot: string,
    private readonly agent: Agent,
    private readonly log: Log,
    /** Whether a server takes the password that it is asked with. */
    private readonly takes: (server: MySqlServer) => Promise<boolean> = logsIn,
    private readonly host: Host = thisHost,
  ) {}

  /** One round; returns whether this server may be read from. */
  public async look(leader: Leader, source: Source): Promise<boolean> {
    const status = await this.server.replicaStatus();
    if (status?.source === source.host && status.applying) await this.renewPassword(source);
    if (status?.source === source.host && status.receiving && status.applying) {
      this.asideFor = undefined;
      await this.server.query('SET GLOBAL offline_mode = OFF');
      return (status.lag ?? Infinity) <= READABLE_LAG;
    }
    if (status?.source === source.host && status.connecting && status.applying) return false;
    if (status?.source === source.host && status.error === '' && !status.receiving && !status.applying)
      return await this.resume();
    await this.mend(leader, source, status);
    return false;
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

  /**
   * While the Lease names this server as the one that has everything, what it received and has not applied yet may be
   * nowhere else tomorrow. It stops receiving, so that the primary notices and takes the name out; until then it keeps all.
   */
  private async mend(leader: Leader, source: Source, status: ReplicaStatus | undefined): Promise<void> {
    const error = status?.source === source.host ? status.error : '';
    if (error && this.host.clock.now() - this.failedAt < AGAIN_MS) return;
    // Its own first: what it gets from the leader meanwhile is then no surplus.
    const own = { ...(await this.server.describe()), boot: this.boot, half: await this.server.isHalf() };
    if (!status || !isNamed(own, this.agent.facts())) {
      if (error) this.failedAt = this.host.clock.now();
      return this.join(leader, own, source, error);
    }
    if (status.applying) return void (await this.server.query('START REPLICA IO_THREAD'));
    await this.server.query('STOP REPLICA IO_THREAD');
    this.failedAt = this.host.clock.now();
    this.log('cannot apply what it received', { error });
    this.agent.event('Warning', 'MySQLReplicaBroken', `it cannot apply what it received: ${error}`);
    await this.server.query('START REPLICA SQL_THREAD');
  }

  private async join(leader: Leader, own: Server, source: Source, error: string): Promise<void> {
    const step = await this.compare(own, leader, source);
    if (step.what === Step.SET_ASIDE) return this.setAside(leader, own.uuid, step.errant);
    if (step.what === Step.CLONE) return this.clone(source, own, step);
    if (error) this.log('replicates again', { error });
    await this.server.query('STOP REPLICA');
    await this.server.query(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ${quoted(source.host)}, SOURCE_PORT = ${source.port},` +
        ` SOURCE_USER = 'replication', SOURCE_PASSWORD = ${quoted(step.password)}, SOURCE_AUTO_POSITION = 1,` +
        ` SOURCE_SSL = 1, ${verified(source)}SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 1000000, SOURCE_HEARTBEAT_PERIOD = 1`,
    );
    await this.server.query('START REPLICA');
    this.log('replicates', { from: leader.pod });
  }

  private async compare(own: Server, leader: Leader, source: Source): Promise<Compared> {
    const primary = this.remote(source, source.passwords);
    try {
      const theirs = await primary.describe();
      const facts = this.agent.facts();
      if (theirs.uuid !== facts['primary']) throw new Error(`${leader.pod} has not begun to take writes`);
      const errant = await this.server.subtract(own.executed, theirs.executed);
      const missing = await this.server.subtract(theirs.purged, own.executed);
      return { what: joining({ server: own, facts, errant, missing }), errant, password: primary.accepted };
    } finally {
      primary.close();
    }
  }

  private async setAside(leader: Leader, uuid: string, errant: string): Promise<void> {
    await this.server.query('SET GLOBAL offline_mode = ON');
    if (this.asideFor === leader.pod + leader.term) return;
    this.asideFor = leader.pod + leader.term;
    this.log('set aside', { uuid, errant, why: 'it has transactions that the primary does not have' });
    this.agent.event('Warning', 'MySQLSetAside', `it has transactions that ${leader.pod} does not have: ${errant}`);
  }

  /** mysqld ends when it is done, and is started again. */
  private async clone({ host, port }: Source, own: Server, { errant, password }: Compared): Promise<void> {
    if (isNamed(own, this.agent.facts())) throw new Error('the lease says that it has everything: it keeps that');
    this.log('takes a copy of all data', { from: host, errant });
    this.agent.event('Normal', 'MySQLClone', `takes a copy of all data from ${host}; gives up '${errant}'`);
    this.cloning = true;
    try {
      await sleep(this.host.clock, GIVE_WAY_MS);
      await this.copy(host, port, password);
    } finally {
      this.cloning = false;
    }
  }

  private async copy(host: string, port: number, password: string): Promise<void> {
    await this.patient.query('STOP REPLICA');
    await this.patient.query('RESET REPLICA ALL');
    await this.patient.query(`SET GLOBAL clone_valid_donor_list = ${quoted(`${host}:${port}`)}`);
    // Its own data go, so it has to let itself be written to; it is offline for everyone else.
    await this.patient.query('SET GLOBAL offline_mode = ON');
    await this.patient.query('SET GLOBAL super_read_only = OFF');
    try {
      await this.patient.markHalf();
      const donor = `'replication'@${quoted(host)}:${port}`;
      await this.patient.query(`CLONE INSTANCE FROM ${donor} IDENTIFIED BY ${quoted(password)} REQUIRE SSL`, CLONE_MS);
    } finally {
      await this.server.query('SET GLOBAL super_read_only = ON').catch(() => undefined);
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
