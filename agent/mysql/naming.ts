import type { Clock } from '../clock';
import { sleep } from '../clock';
import type { Agent } from '../engine';
import { foreignTo } from './comparing';
import { readNote } from './note';
import { ANSWERED, floorOf } from './rules';
import type { MySqlServer } from './server';

/** How long the replica may take to answer, and to have received what it is asked for. */
export const PATIENCE_MS = 1_500;
/** A replica that has not applied what the primary had committed so long ago cannot take over soon, or not at all. */
const APPLIES_WITHIN_MS = 10_000;
/** How often a named replica is asked again for what it has. */
const AUDIT_MS = 60_000;

/** A replica that answers, and does not have what one that may take over has to have. */
export class Unfit extends Error {}

/** Finds out whether a replica has everything, and says so in the Lease. */
export class Naming {
  /** Whether the table of the mark is there. */
  private marked = false;
  /** What the primary had executed at times in the past, the oldest first. */
  private history: { readonly at: number; readonly executed: string }[] = [];
  private auditAt = 0;
  /** The connection of a replica for which a commit was made that it has to acknowledge. */
  private nudged: string | undefined;

  public constructor(
    private readonly server: MySqlServer,
    private readonly marker: MySqlServer,
    /** The other server, as it is seen from here. */
    private readonly other: MySqlServer,
    private readonly agent: Agent,
    private readonly now: () => number,
    private readonly clock: Clock,
  ) {}

  public begin(): void {
    this.marked = false;
    this.nudged = undefined;
    this.history = [];
  }

  /** Takes down what the primary has executed by now. */
  public remember(executed: string): void {
    const at = this.now();
    if (at - (this.history.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < 1_000) return;
    this.history.push({ at, executed });
    while (at - (this.history[1]?.at ?? at) >= APPLIES_WITHIN_MS) this.history.shift();
  }

  /**
   * Commits a mark: when the replica has acknowledged it, it has been sent all that came before, as a log is sent in order.
   * Before this is called no commit is let through without a replica, so it has all that comes after, too. That it kept all of
   * it is asked of the replica itself.
   */
  public async name(uuid: string): Promise<void> {
    const { boot } = readNote(this.agent.noteOfOther());
    if (boot === undefined) throw new Error('the agent of the replica was not heard of');
    const before = await this.server.semiSync();
    await this.mark();
    const after = await this.server.semiSync();
    const [still] = await this.server.replicas();
    if (still !== uuid || after['status'] !== 'ON' || after['no_tx'] !== before['no_tx'])
      throw new Error('the replica changed while it was asked for what it has');
    const floor = await this.haveAll(uuid);
    // What a former primary had beyond this one's was given up by now, or never will be without being asked.
    await this.agent.publish({ replica: uuid, boot, former: undefined, floor, ...ANSWERED });
    this.auditAt = this.now() + AUDIT_MS;
  }

  /** Asks a named replica again, from time to time. Throws `Unfit` where it may not be named any more. */
  public async audit(uuid: string): Promise<void> {
    if (this.now() < this.auditAt) return;
    this.auditAt = this.now() + AUDIT_MS;
    const floor = await this.haveAll(uuid);
    if (floor !== this.agent.facts()['floor']) await this.agent.publish({ floor });
  }

  /**
   * Commits something once for each connection of the replica. One that connects again does not acknowledge what it has received
   * before (measured on 9.7.4), so a commit whose acknowledgement was lost would wait until somebody else commits. A row of its own,
   * as a mark that waits has locked the other.
   */
  public async nudge(): Promise<void> {
    const connection = (await this.dumps()).at(-1);
    if (connection === undefined || connection === this.nudged) return;
    this.nudged = connection;
    await this.mark(connection);
  }

  /**
   * Ends the connections of all replicas: one that is there connects again within a second. That of a replica whose node lost its
   * power and its volume stays for as long as the kernel tries to reach it, a quarter of an hour.
   */
  public async endDumps(): Promise<void> {
    for (const id of await this.dumps()) await this.server.query(`KILL ${id}`).catch(() => undefined);
  }

  /** The connections of replicas, the newest last. */
  private async dumps(): Promise<string[]> {
    const rows = await this.server.query(
      "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
    );
    return rows.flatMap(({ id }) => id ?? []);
  }

  /** Commits something, so that semi-sync notices a replica that has caught up. */
  public async mark(row = '1'): Promise<void> {
    if (!this.marked) {
      await this.marker.query('CREATE DATABASE IF NOT EXISTS slices', PATIENCE_MS);
      await this.marker.query(
        'CREATE TABLE IF NOT EXISTS slices.mark (id INT PRIMARY KEY, marked DATETIME(6))',
        PATIENCE_MS,
      );
    }
    this.marked = true;
    await this.marker.query(`REPLACE INTO slices.mark VALUES (${row}, NOW(6))`, PATIENCE_MS);
  }

  /** Waits until the replica has received all that this server has executed by now, and returns what that is. */
  private async haveAll(uuid: string): Promise<string | undefined> {
    const { executed } = await this.server.describe();
    const end = this.now() + PATIENCE_MS;
    for (;;) {
      const lacks = await this.lacking(uuid, executed);
      if (lacks === undefined) return floorOf(executed);
      if (this.now() > end) throw new Unfit(lacks);
      await sleep(this.clock, 50);
    }
  }

  /** The reason why the replica cannot take over with exactly `executed`; undefined where it can. */
  private async lacking(uuid: string, executed: string): Promise<string | undefined> {
    const there = await this.other.describe();
    if (there.uuid !== uuid) throw new Error('another server answers in place of the replica');
    const status = await this.other.replicaStatus();
    if (status?.applying === false) return `the replica does not apply what it receives: ${status.error}`;
    const missing = await this.server.subtract(
      await this.server.subtract(executed, there.executed),
      status?.retrieved ?? '',
    );
    if (missing !== '') return `the replica lacks ${missing}`;
    const behind = await this.server.subtract(this.history[0]?.executed ?? '', there.executed);
    if (behind !== '') return `the replica has not applied ${behind}`;
    const here = await this.server.describe();
    const surplus = await foreignTo(here.uuid, await this.server.subtract(there.executed, here.executed), this.server);
    return surplus === '' ? undefined : `the replica has ${surplus}, which its primary lacks`;
  }
}
