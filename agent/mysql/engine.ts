import type { MySqlEngineConfig } from '../../contract/engine-config';
import type { Config } from '../config';
import type { Agent, Engine, Facts, Leader, Promotion, Verdict } from '../engine';
import type { Log } from '../log';
import type { Metric } from '../metrics';
import { told } from '../log';
import { Fence } from './fence';
import { Gate, isGone } from './gate';
import { refusesWrites } from './globals';
import type { Host } from './host';
import { thisHost } from './host';
import { mysqlMetrics } from './metrics';
import { PasswordDuties, candidates, logsIn } from './passwords';
import { PrimaryDuties } from './primary';
import { ReplicaDuties } from './replica';
import { factsOf, mayLead, noteOf } from './rules';
import type { Server } from './rules';
import { MySqlServer, authority } from './server';
import { Succession } from './succession';
import { Volume } from './volume';

/** How often a server is seen to, in milliseconds. */
const ROUND_MS = 250;
/** How long it may take to refuse writes, before mysqld is ended instead, in milliseconds; and where nobody waits to take over. */
const DEMOTE_MS = 300;
const PLANNED_DEMOTE_MS = 1_000;

/** A mysqld beside the agent, of which one of the pair takes writes. */
export class MySqlEngine implements Engine {
  private readonly server: MySqlServer;
  /** For the checks, which are not to wait behind anything else. */
  private readonly checked: MySqlServer;
  private readonly orders: MySqlServer;
  private readonly patient: MySqlServer;
  private readonly asked: MySqlServer;
  private readonly fence: Fence;
  private readonly gate: Gate;
  private readonly primary: PrimaryDuties;
  private readonly replica: ReplicaDuties;
  private readonly succession: Succession;
  private readonly volume: Volume;
  /** The run of its node. */
  private readonly boot: string;
  private readonly accounts: PasswordDuties;
  private leader: Leader | undefined;
  private mayBeRead = false;
  /** What it is told to be; undefined while it is changed. */
  private role: 'primary' | 'standby' | undefined = 'standby';
  private lastTrouble = '';
  /** The round that is under way. */
  private current: Promise<void> = Promise.resolve();

  public constructor(
    private readonly config: Config,
    private readonly settings: MySqlEngineConfig,
    private readonly pod: string,
    private readonly agent: Agent,
    private readonly log: Log,
    private readonly host: Host = thisHost,
  ) {
    const { clock, files, connect } = host;
    this.boot = host.boot();
    const address = { socketPath: settings.socket, user: 'agent', timeoutMs: 5_000 };
    const connection = (timeoutMs = 5_000, whenClosed?: () => void) =>
      new MySqlServer({ ...address, timeoutMs, password: this.passwordsOf('agent') }, whenClosed, connect, clock);
    this.server = connection();
    // The end of this connection is the first sign of mysqld's.
    this.checked = connection(config.check.timeoutMs, () => agent.recheck());
    this.orders = connection();
    this.patient = connection(60_000);
    this.asked = connection(2_000);
    this.fence = new Fence(settings.fence, files, () => host.uptime());
    this.gate = new Gate(this.orders, this.fence, clock, log);
    const now = () => clock.now();
    const otherHost = Object.entries(settings.slices).find(([name]) => name !== pod)?.[1] ?? '';
    const account = { user: 'replication', password: this.passwordsOf('replication') };
    const there = { host: otherHost, port: settings.port, ...account, ...authority(settings.ca, files) };
    const other = new MySqlServer({ ...there, timeoutMs: 1_000 }, undefined, connect, clock);
    const goesOn = settings.durability === 'go-on';
    this.primary = new PrimaryDuties(this.server, connection(), other, agent, goesOn, now, log, clock);
    this.replica = new ReplicaDuties(this.server, this.patient, this.boot, agent, log, logsIn, host);
    const works = (user: string, password: string) =>
      logsIn(new MySqlServer({ ...address, user, password }, undefined, connect, clock));
    this.accounts = new PasswordDuties(settings.accounts, connection(), works, agent, now, log, files);
    this.succession = new Succession(this.orders, this.patient, clock);
    this.volume = new Volume(settings.data, this.server, agent, (folder) => files.space(folder));
    void this.round();
    clock.after(ROUND_MS, () => this.guard());
  }

  public async check(): Promise<Verdict> {
    let refuses: boolean;
    try {
      refuses = await refusesWrites(this.checked);
    } catch (error) {
      // Nobody listens at its socket: it was killed, and whoever waits for it to answer waits in vain.
      return { well: false, reason: told(error), gone: isGone(error) };
    }
    if (this.role === 'primary' && refuses && this.agent.active() && !this.meansToRefuse())
      return { well: false, reason: 'it was restarted, and takes no writes' };
    return { well: true, reason: 'it answers' };
  }

  private passwordsOf(user: string): () => string[] {
    const folder = this.settings.accounts.find((each) => each.user === user)?.folder;
    if (folder === undefined) throw new Error(`engine.accounts has no ${user}`);
    return () => candidates(folder, this.host.files);
  }

  private meansToRefuse(): boolean {
    return this.primary.givesWay || this.volume.isFull;
  }

  public get note(): string {
    return noteOf(this.boot, this.replica.cloning);
  }

  public async mayLead(facts: Facts): Promise<Verdict> {
    if (this.replica.cloning) return { well: false, reason: 'it takes a copy of all data' };
    return this.verdict(await this.own(this.checked), facts);
  }

  private verdict(server: Server, facts: Facts): Verdict {
    return mayLead(server, facts, this.pod === this.config.pods[0], this.fence.restored());
  }

  private async own(server: MySqlServer) {
    return { ...(await server.describe()), boot: this.boot, half: await server.isHalf() };
  }

  public async promote({ term, facts }: Promotion): Promise<void> {
    this.role = undefined;
    const startedAt = this.host.clock.now();
    const passed = () => Math.round(this.host.clock.now() - startedAt);
    // What it was about to do as a standby must not come after what makes it the primary.
    await this.current;
    const ms: Record<string, number> = { idle: passed() };
    try {
      if (!(await this.gate.isClosed())) await this.gate.close(DEMOTE_MS);
      const server = await this.own(this.orders);
      const verdict = this.verdict(server, facts);
      if (!verdict.well) throw new Error(verdict.reason);
      await this.succession.applyAll(facts['primary'] === server.uuid);
      ms['applied'] = passed();
      await this.agent.publish(factsOf(server, facts));
      ms['published'] = passed();
      await this.primary.begin();
      this.volume.reset();
      this.leader = undefined;
      this.fence.extend(this.config.timings.giveUpMs);
      await this.gate.open();
      this.role = 'primary';
      this.setReadable(true);
      this.log('takes writes', { term, uuid: server.uuid, executed: server.executed, ms: { ...ms, open: passed() } });
    } catch (error) {
      await this.gate.close(DEMOTE_MS);
      this.role = 'standby';
      throw error;
    }
  }

  public async demote(reason: string, planned: boolean): Promise<void> {
    this.role = undefined;
    this.volume.reset();
    this.setReadable(false);
    await this.gate.close(planned ? PLANNED_DEMOTE_MS : DEMOTE_MS);
    this.role = 'standby';
    this.log('takes no writes', { reason });
  }

  public async follow(leader: Leader): Promise<void> {
    this.leader = leader;
  }

  public figures(): Promise<readonly Metric[]> {
    const figures = mysqlMetrics(this.asked, (uuid) => {
      const { primary, replica } = this.agent.facts();
      return { primary: this.role === 'primary' && primary === uuid, hasReplica: replica !== undefined };
    });
    return figures.then((all) => [...all, ...this.volume.figures()]);
  }

  /** Keeps the watchdog from ending mysqld, as long as this pod is the active one. */
  private guard(): void {
    try {
      if (this.role === 'primary' && this.agent.active()) this.fence.extend(this.config.timings.giveUpMs);
    } catch (error) {
      this.trouble(error);
    }
    this.host.clock.after(ROUND_MS, () => this.guard());
  }

  private async round(): Promise<void> {
    this.current = this.look();
    await this.current;
    this.host.clock.after(ROUND_MS, () => void this.round());
  }

  private async look(): Promise<void> {
    try {
      if (this.role === 'primary') await this.succession.forgetSource();
      if (this.role === 'primary' && this.agent.active()) {
        if (await this.volume.look()) return;
        await this.primary.look();
        await this.accounts.look(false);
      } else if (this.role === 'standby') await this.standBy();
      this.lastTrouble = '';
    } catch (error) {
      this.trouble(error);
    }
  }

  public readable(): boolean {
    return this.role === 'standby' && this.mayBeRead;
  }

  /** What the readiness probe looks at, and what the active one asks. */
  private setReadable(readable: boolean): void {
    this.mayBeRead = readable;
    this.fence.ready(readable);
  }

  private async standBy(): Promise<void> {
    if (!(await this.gate.isClosed())) return this.gate.close(DEMOTE_MS);
    // Not before it refuses for certain: it lets those commits through that wait.
    await this.server.query('SET GLOBAL rpl_semi_sync_source_enabled = OFF');
    const { leader } = this;
    const host = leader && this.settings.slices[leader.pod];
    if (!leader || host === undefined) return this.setReadable(false);
    if (await this.volume.lookAsReplica()) return this.setReadable(false);
    const { port, ca } = this.settings;
    const readable = await this.replica.look(leader, {
      host,
      port,
      passwords: this.passwordsOf('replication'),
      ...(ca === undefined ? {} : { ca }),
    });
    if (this.role !== 'standby') return;
    this.setReadable(readable);
    if (readable) await this.accounts.look(true);
  }

  private trouble(error: unknown): void {
    const text = told(error);
    if (text !== this.lastTrouble) this.log('mysql trouble', { error: text });
    this.lastTrouble = text;
  }
}
