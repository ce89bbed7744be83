import type { ValkeyEngineConfig } from '../../contract/engine-config';
import { sleep } from '../clock';
import type { Config } from '../config';
import type { Agent, Engine, Facts, Leader, Promotion, Verdict } from '../engine';
import type { Log } from '../log';
import { told } from '../log';
import type { Metric } from '../metrics';
import { Fence } from '../fence';
import { CertificateDuty } from './certificate';
import { Gate, isGone } from './gate';
import { Servers, thisHost } from './host';
import type { Host } from './host';
import { valkeyMetrics } from './metrics';
import { PasswordDuties } from './passwords';
import { PrimaryDuties } from './primary';
import { ReplicaDuties } from './replica';
import { factsOf, isNamed, mayLead } from './rules';
import type { Server } from './rules';
import type { Standing, ValkeyServer } from './server';
import { Volume } from './volume';

/** How often a server is seen to, in milliseconds. */
const ROUND_MS = 250;
/** How long it may take to refuse writes, before it is killed instead, in milliseconds. */
const DEMOTE_MS = 300;
/** How long the other server may take to answer. */
const OTHER_MS = 500;
/** A replica has read all that it was sent once nothing has come for so long; it is not waited for longer than that. */
const QUIET_MS = 100;
const MOST_DRAIN_MS = 2_000;

/** A valkey-server beside the agent, of which one of the pair takes writes. */
export class ValkeyEngine implements Engine {
  private readonly server: ValkeyServer;
  /** For the checks, which are not to wait behind anything else. */
  private readonly checked: ValkeyServer;
  private readonly asked: ValkeyServer;
  private readonly other: ValkeyServer;
  private readonly fence: Fence;
  private readonly gate: Gate;
  private readonly primary: PrimaryDuties;
  private readonly replica: ReplicaDuties;
  private readonly accounts: PasswordDuties;
  private readonly certificate: CertificateDuty;
  private readonly volume: Volume;
  private leader: Leader | undefined;
  /** The role that its agent has given it; undefined while it changes. */
  private role: 'primary' | 'standby' | undefined = 'standby';
  private lastTrouble = '';
  /** The round that is under way. */
  private current: Promise<void> = Promise.resolve();

  public constructor(
    private readonly config: Config,
    private readonly settings: ValkeyEngineConfig,
    private readonly pod: string,
    private readonly agent: Agent,
    private readonly log: Log,
    private readonly host: Host = thisHost,
  ) {
    const { clock, files } = host;
    const servers = new Servers(settings, pod, host);
    this.server = servers.own(1_000);
    // The end of this connection is the first sign of the server's.
    this.checked = servers.own(config.check.timeoutMs, () => agent.recheck());
    this.asked = servers.own(2_000);
    this.other = servers.other(OTHER_MS);
    this.fence = new Fence(settings.fence, files, () => host.uptime());
    this.gate = new Gate(servers.own(1_000), this.fence, clock, log);
    const goesOn = settings.durability === 'preferred';
    this.primary = new PrimaryDuties(this.server, this.other, this.gate, agent, goesOn, clock, log);
    this.replica = new ReplicaDuties(this.server, this.other, agent, log);
    this.accounts = new PasswordDuties(settings.accounts, this.server, agent, files, () => clock.now(), log);
    this.certificate = new CertificateDuty(host.certificate, this.server, files, () => clock.now(), log);
    this.volume = new Volume(() => files.space(settings.data), agent);
    void this.round();
    clock.after(ROUND_MS, () => this.guard());
  }

  public async check(): Promise<Verdict> {
    let standing: Standing;
    try {
      standing = await this.checked.standing();
    } catch (error) {
      // Nobody listens at its socket: it was killed, and whoever waits for it to answer waits in vain.
      return { well: false, reason: told(error), gone: isGone(error) };
    }
    const { loading, leads, logs } = standing;
    if (loading) return { well: false, reason: 'it loads its data' };
    if (this.role === 'primary' && this.agent.active()) {
      if (!leads) return { well: false, reason: 'it was restarted, and takes no writes' };
      if (!logs) return { well: false, reason: 'it does not write its log' };
    }
    return { well: true, reason: 'it answers' };
  }

  public async mayLead(facts: Facts): Promise<Verdict> {
    return this.verdict(await this.checked.standing(), facts);
  }

  private async verdict(standing: Standing, facts: Facts): Promise<Verdict> {
    const asks = facts['primary'] === undefined;
    const other = asks ? await this.other.standing().catch(() => undefined) : undefined;
    const otherIsEmpty = other && other.keys === 0 && !other.loading;
    return mayLead(this.own(standing), facts, this.pod === this.config.pods[0], otherIsEmpty);
  }

  private own({ run, logged, syncing, loading, keys }: Standing): Server {
    const id = (this.host.files.read(`${this.settings.data}/id`) ?? '').trim();
    if (id === '') throw new Error('its volume has no identifier');
    return { id, run, loading, whole: logged && !syncing, empty: keys === 0 };
  }

  public async promote({ term, facts }: Promotion): Promise<void> {
    this.role = undefined;
    const startedAt = this.host.clock.now();
    // An order of the standby must not come after the promotion.
    await this.current;
    try {
      if ((await this.server.standing()).leads) await this.gate.close(DEMOTE_MS);
      const standing = await this.drained();
      const verdict = await this.verdict(standing, facts);
      if (!verdict.well) throw new Error(verdict.reason);
      const server = this.own(standing);
      await this.agent.publish(factsOf(server, facts, term));
      const replicas = this.primary.begin(term);
      this.leader = undefined;
      this.fence.extend(this.config.timings.giveUpMs);
      await this.gate.open(replicas);
      this.role = 'primary';
      this.fence.ready(true);
      const ms = Math.round(this.host.clock.now() - startedAt);
      this.log('takes writes', { term, id: server.id, offset: standing.offset, why: verdict.reason, ms });
    } catch (error) {
      await this.gate.close(DEMOTE_MS);
      this.role = 'standby';
      throw error;
    }
  }

  /** Waits until it has read all that the former primary had sent: it would throw away what is on its way. */
  private async drained(): Promise<Standing> {
    const { clock } = this.host;
    let last = await this.server.standing();
    let changedAt = clock.now();
    for (const end = changedAt + MOST_DRAIN_MS; clock.now() < end;) {
      if (!last.linked || clock.now() - changedAt >= QUIET_MS) break;
      await sleep(clock, QUIET_MS / 5);
      const next = await this.server.standing();
      if (next.offset !== last.offset) changedAt = clock.now();
      last = next;
    }
    return last;
  }

  public async demote(reason: string, planned: boolean): Promise<void> {
    const led = this.role === 'primary';
    this.role = undefined;
    this.fence.ready(false);
    this.primary.end();
    if (led && planned) await this.primary.finish().catch((error: unknown) => this.trouble(error));
    await this.gate.close(DEMOTE_MS);
    this.role = 'standby';
    this.log('takes no writes', { reason });
  }

  public async follow(leader: Leader): Promise<void> {
    this.leader = leader;
  }

  public async figures(): Promise<readonly Metric[]> {
    const standing = await this.asked.standing().catch(() => undefined);
    const { replica } = this.agent.facts();
    const leads = this.role === 'primary' && this.agent.active();
    return valkeyMetrics(standing, leads ? replica !== undefined : undefined);
  }

  /** Keeps the watchdog from killing the server, as long as this pod is the active one. */
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
    if (!this.agent.active()) return;
    const { id } = this.own(await this.server.standing());
    await this.primary.look(id, this.volume.look());
    await this.accounts.look();
    await this.certificate.look();
  }

  private async standBy(): Promise<void> {
    const standing = await this.server.standing();
    if (standing.leads) return this.gate.close(DEMOTE_MS);
    // Ready to take over: a roll-out goes on to the primary when this is ready.
    this.fence.ready(isNamed(standing, this.agent.facts()));
    await this.accounts.look();
    await this.certificate.look();
    const { leader } = this;
    const host = leader && this.settings.slices[leader.pod];
    if (!leader || host === undefined) return;
    await this.replica.look(standing, this.own(standing).id, leader, { host, port: this.settings.port });
  }

  private trouble(error: unknown): void {
    const text = told(error);
    if (text !== this.lastTrouble) this.log('valkey trouble', { error: text });
    this.lastTrouble = text;
  }
}
