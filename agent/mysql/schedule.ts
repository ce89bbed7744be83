import type { Row } from './client';
import { MySqlError } from './client';
import type { MySqlServer } from './server';
import { quoted } from './server';

/** How often the events are looked at, in milliseconds. */
const EVERY_MS = 2_000;
const NO_SUCH_TABLE = 1146;
const NO_SUCH_DATABASE = 1049;

/** A scheduled event: `CREATE EVENT`. */
interface Scheduled {
  readonly db: string;
  readonly name: string;
  readonly status: string;
  readonly definer: string;
}

/**
 * Keeps scheduled events running after a takeover. A replica has each of them disabled, as its primary runs them, and does not
 * know which of them that had enabled; so a primary keeps a list, which is replicated, and the next one enables what is on it.
 */
export class ScheduledEvents {
  private next = 0;
  private restored = false;
  private listed: ReadonlySet<string> | undefined;

  public constructor(
    private readonly server: Pick<MySqlServer, 'query'>,
    private readonly now: () => number,
  ) {}

  /** It begins to be a primary, or ceases to be one. */
  public reset(): void {
    this.restored = false;
    this.listed = undefined;
    this.next = 0;
  }

  /** A round of a primary, while its commits are done. */
  public async look(): Promise<void> {
    if (this.now() < this.next) return;
    this.next = this.now() + EVERY_MS;
    const all = await this.events();
    this.listed ??= await this.list();
    if (!this.restored) {
      const { listed } = this;
      for (const each of all.filter((event) => isDisabledAsReplica(event) && listed.has(keyOf(event))))
        await this.enable(each);
      this.restored = true;
    } else await this.keepList(new Set(all.filter(({ status }) => status === 'ENABLED').map(keyOf)), this.listed);
  }

  private async events(): Promise<Scheduled[]> {
    const rows = await this.server.query(
      'SELECT EVENT_SCHEMA AS db, EVENT_NAME AS name, STATUS AS status, DEFINER AS definer FROM information_schema.EVENTS',
    );
    return rows.map(({ db, name, status, definer }) => ({
      db: db ?? '',
      name: name ?? '',
      status: status ?? '',
      definer: definer ?? '',
    }));
  }

  private async list(): Promise<ReadonlySet<string>> {
    const none = (error: unknown): Row[] => {
      if (error instanceof MySqlError && [NO_SUCH_TABLE, NO_SUCH_DATABASE].includes(error.code)) return [];
      throw error;
    };
    const rows = await this.server.query('SELECT db, name FROM slices.events').catch(none);
    return new Set(rows.map(({ db, name }) => keyOf({ db: db ?? '', name: name ?? '' })));
  }

  /** Whoever alters an event becomes its definer, unless the statement says who is. */
  private async enable({ db, name, definer }: Scheduled): Promise<void> {
    const at = definer.lastIndexOf('@');
    const account = `${quoted(definer.slice(0, at))}@${quoted(definer.slice(at + 1))}`;
    await this.server.query(`ALTER DEFINER = ${account} EVENT ${named(db)}.${named(name)} ENABLE`);
  }

  private async keepList(enabled: ReadonlySet<string>, listed: ReadonlySet<string>): Promise<void> {
    const more = [...enabled].filter((key) => !listed.has(key));
    const fewer = [...listed].filter((key) => !enabled.has(key));
    if (more.length + fewer.length === 0) return;
    this.listed = undefined;
    await this.server.query('CREATE DATABASE IF NOT EXISTS slices');
    await this.server.query(
      'CREATE TABLE IF NOT EXISTS slices.events (db VARCHAR(64), name VARCHAR(64), PRIMARY KEY (db, name))',
    );
    for (const key of more) await this.server.query(`REPLACE INTO slices.events (db, name) VALUES (${values(key)})`);
    for (const key of fewer) await this.server.query(`DELETE FROM slices.events WHERE (db, name) = (${values(key)})`);
    this.listed = enabled;
  }
}

function isDisabledAsReplica({ status }: Scheduled): boolean {
  return status === 'REPLICA_SIDE_DISABLED' || status === 'SLAVESIDE_DISABLED';
}

/** No name has this character. */
function keyOf({ db, name }: Pick<Scheduled, 'db' | 'name'>): string {
  return `${db}\0${name}`;
}

function values(key: string): string {
  return key.split('\0').map(quoted).join(', ');
}

function named(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
