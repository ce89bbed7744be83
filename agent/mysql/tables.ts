import type { Agent } from '../engine';
import type { Metric } from '../metrics';
import type { MySqlServer } from './server';

/** How often the primary is asked, in milliseconds. */
const EVERY_MS = 60_000;
const NAMED = 5;

/** The tables of engines that CLONE does not copy: it makes them empty on the other server. MySQL's own are not concerned. */
export async function tablesNotCopied(server: Pick<MySqlServer, 'query'>): Promise<string[]> {
  const rows = await server.query(
    "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, ' (', ENGINE, ')') AS name FROM information_schema.TABLES" +
      " WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB'" +
      " AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') ORDER BY 1",
  );
  return rows.map(({ name }) => name ?? '');
}

/** A few of many names. */
export function someOf(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Tells of such tables of the primary, which it may have from before they were refused. */
export class ForeignTables {
  private next = 0;
  private count = 0;

  public constructor(
    private readonly server: Pick<MySqlServer, 'query'>,
    private readonly agent: Agent,
    private readonly now: () => number,
  ) {}

  public async look(): Promise<void> {
    if (this.now() < this.next) return;
    this.next = this.now() + EVERY_MS;
    const names = await tablesNotCopied(this.server);
    if (names.length > this.count)
      this.agent.event(
        'Warning',
        'MySQLTablesNotCopied',
        `no copy of all data is given, as it would leave tables empty: ${someOf(names)}; ALTER TABLE … ENGINE = InnoDB`,
      );
    this.count = names.length;
  }

  /** It is not the primary any more. */
  public reset(): void {
    this.count = this.next = 0;
  }

  public figures(): Metric[] {
    const help = 'tables of the primary that a copy of all data would leave empty';
    return [{ name: 'mysql_tables_not_copied', type: 'gauge', help, value: this.count }];
  }
}
