import type { MySqlEngineConfig } from '../../contract/engine-config';
import type { Config } from '../config';
import type { Agent, Engine, Facts, Leader, Promotion, Verdict } from '../engine';
import type { Log } from '../log';
import type { Metric } from '../metrics';
import { told } from '../log';
import { compare, lacking } from './comparing';
import { MysqldFence } from './fence';
import { Gate, isGone } from './gate';
import { readGlobals } from './globals';
import type { Host } from './host';
import { thisHost } from './host';
import { mysqlMetrics } from './metrics';
import { inTurn } from './in-turn';
import { noteOf } from './note';
import { PasswordDuties, logsIn } from './passwords';
import { PrimaryDuties } from './primary';
import { ReplicaDuties } from './replica';
import { cannotCompare, factsOf, hasToCompare, hindered, isForced, isNamed, mayLead } from './rules';
import type { Server } from './rules';
import { ScheduledEvents } from './schedule';
import type { MySqlServer } from './server';
import { Servers } from './servers';
import { Takeover } from './takeover';
import { ForeignTables } from './tables';
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
  private readonly asked: MySqlServer;
  private readonly other: MySqlServer;
  private readonly servers: Servers;
  private readonly fence: MysqldFence;
  private readonly gate: Gate;
  private readonly primary: PrimaryDuties;
  private readonly replica: ReplicaDuties;
  private readonly takeover: Takeover;
  private readonly volume: Volume;
  private readonly tables: ForeignTables;
  private readonly events: ScheduledEvents;
  private readonly accounts: PasswordDuties;
  /** The run of its node. */
  private readonly boot: string;
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
    const { clock, files } = host;
    const now = () => clock.now();
    this.boot = host.boot();
    const servers = (this.servers = new Servers(settings, pod, host));
    this.server = servers.own();
    // The end of this connection is the first sign of mysqld's.
    this.checked = servers.own(config.check.timeoutMs, () => agent.recheck());
    this.orders = servers.own();
    this.asked = servers.own(2_000);
    this.other = servers.other(1_000);
    const patient = servers.own(60_000);
    this.fence = new MysqldFence(settings.fence, files, () => host.uptime());
    this.gate = new Gate(this.orders, this.fence, clock, log);
    const goesOn = settings.durability === 'preferred';
    this.primary = new PrimaryDuties(this.server, servers.own(), servers.other(1_000), agent, goesOn, now, log, clock);
    this.replica = new ReplicaDuties(this.server, patient, this.boot, agent, log, logsIn, host);
    const works = (user: string, password: string) => logsIn(servers.as(user, password));
    this.accounts = new PasswordDuties(settings.accounts, servers.own(), works, agent, now, log, files);
    this.takeover = new Takeover(this.orders, patient, clock);
    this.volume = new Volume(settings.data, this.server, agent, (folder) => files.space(folder));
    this.tables = new ForeignTables(this.server, agent, now);
    this.events = new ScheduledEvents(servers.own(), now);
    void this.round();
    clock.after(ROUND_MS, () => this.guard());
  }

  public async check(): Promise<Verdict> {
    const names = ['super_read_only', 'read_only', 'offline_mode', 'rpl_semi_sync_source_enabled'];
    let on: (name: string) => boolean;
    try {
      const values = await readGlobals(this.checked, names);
      on = (name) => values[name] === '1';
    } catch (error) {
      // Nobody listens at its socket: it was killed, and whoever waits for it to answer waits in vain.
      return { well: false, reason: told(error), gone: isGone(error) };
    }
    const wrong =
      on('super_read_only') && on('read_only') && !this.volume.isFull
        ? 'it was restarted, and takes no writes'
        : on('offline_mode')
          ? 'it takes no clients'
          : on('rpl_semi_sync_source_enabled')
            ? undefined
            : 'its commits wait for no replica';
    if (wrong !== undefined && this.role === 'primary' && this.agent.active() && !this.primary.givesWay)
      return { well: false, reason: wrong };
    return { well: true, reason: 'it answers' };
  }

  public get note(): string {
    return noteOf(this.boot, this.replica.asking.request);
  }

  public async mayLead(facts: Facts): Promise<Verdict> {
    const { trouble } = this.replica;
    if (this.replica.cloning) return { well: false, reason: trouble ?? '' };
    const server = await this.own(this.checked, facts);
    const verdict = await this.verdict(server, facts, this.checked);
    return trouble === undefined ? verdict : hindered(server, facts, verdict, trouble);
  }

  private async verdict(server: Server, facts: Facts, asked: MySqlServer): Promise<Verdict> {
    const may = (difference?: Parameters<typeof mayLead>[4]) =>
      mayLead(server, facts, this.pod === this.config.pods[0], this.fence.restored(), difference);
    if (!hasToCompare(server, facts)) return may();
    try {
      return may(await compare(asked, this.other));
    } catch (error) {
      return cannotCompare(server, facts, told(error));
    }
  }

  private async own(server: MySqlServer, facts: Facts): Promise<Server> {
    const { uuid, executed } = await server.describe();
    const lacks = await lacking(server, executed, facts['floor'] ?? '');
    return { uuid, executed, boot: this.boot, half: await server.isHalf(), lacks };
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
      const server = await this.own(this.orders, facts);
      const verdict = await this.verdict(server, facts, this.orders);
      if (!verdict.well) throw new Error(verdict.reason);
      const lost = await this.takeover.applyAll(facts['primary'] === server.uuid, isForced(server, facts));
      if (lost)
        this.agent.event('Warning', 'MySQLForced', `was forced to lead, and gave up what it could not apply: ${lost}`);
      ms['applied'] = passed();
      await this.agent.publish(factsOf(server, facts, term));
      ms['published'] = passed();
      await this.primary.begin(String(term));
      for (const each of [this.volume, this.tables, this.events]) each.reset();
      this.replica.asking.done();
      this.leader = undefined;
      this.fence.extend(this.config.timings.giveUpMs);
      await this.gate.open();
      this.role = 'primary';
      this.setReady(true);
      this.log('takes writes', { term, uuid: server.uuid, executed: server.executed, ms: { ...ms, open: passed() } });
    } catch (error) {
      await this.gate.close(DEMOTE_MS, this.primary.end());
      this.role = 'standby';
      throw error;
    }
  }

  public async demote(reason: string, planned: boolean): Promise<void> {
    this.role = undefined;
    for (const each of [this.volume, this.tables, this.events]) each.reset();
    this.setReady(false);
    await this.gate.close(planned ? PLANNED_DEMOTE_MS : DEMOTE_MS, this.primary.end());
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
    return figures.then((all) => [...all, ...this.volume.figures(), ...this.tables.figures()]);
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
    this.current = this.look().catch((error: unknown) => this.trouble(error));
    await this.current;
    this.host.clock.after(ROUND_MS, () => void this.round());
  }

  private async look(): Promise<void> {
    if (this.role === 'primary') await this.lead();
    else if (this.role === 'standby') await this.standBy();
    this.lastTrouble = '';
  }

  private async lead(): Promise<void> {
    const { primary, accounts, tables, events } = this;
    const leads = () => this.role === 'primary' && this.agent.active();
    await inTurn([
      () => this.takeover.forgetSource(),
      async () => leads() && primary.look(this.volume.look()),
      async () => leads() && primary.takesWrites && accounts.look(false),
      () => tables.look(),
      // A list that is written waits as long as any commit does.
      async () => leads() && primary.commits && events.look(),
    ]);
  }

  public readable(): boolean {
    return this.role === 'standby' && this.mayBeRead;
  }

  /** What the readiness probe looks at. */
  private setReady(ready: boolean): void {
    if (!ready) this.mayBeRead = false;
    this.fence.ready(ready);
  }

  private async standBy(): Promise<void> {
    if (!(await this.gate.isClosed())) return this.gate.close(DEMOTE_MS);
    // Not before it refuses for certain: it lets those commits through that wait.
    await this.server.query('SET GLOBAL rpl_semi_sync_source_enabled = OFF');
    // Nobody knows who led: the other server asks this one what it has.
    if (this.agent.facts()['primary'] === undefined) await this.server.query('SET GLOBAL offline_mode = OFF');
    const { leader } = this;
    const host = leader && this.settings.slices[leader.pod];
    if (!leader || host === undefined) return this.setReady(false);
    if (await this.volume.lookAsReplica()) return this.setReady(false);
    const { port, ca } = this.settings;
    const passwords = this.servers.passwordsOf('replication');
    const source = { host, port, passwords, ...(ca === undefined ? {} : { ca }) };
    const readable = await this.replica.look(leader, source);
    const { uuid } = await this.server.describe();
    if (this.role !== 'standby') return;
    this.mayBeRead = readable;
    // Ready to take over: a roll-out goes on to the primary when this is ready.
    this.fence.ready(readable && isNamed({ uuid, boot: this.boot }, this.agent.facts()));
    if (readable) await this.accounts.look(true);
  }

  private trouble(error: unknown): void {
    const text = told(error);
    if (text !== this.lastTrouble) this.log('mysql trouble', { error: text });
    this.lastTrouble = text;
  }
}
