import { AGENT_USER } from '../../contract/mysql-names';
import type { Clock } from '../clock';
import { monotonicClock, sleep } from '../clock';
import type { Row } from './client';

/** How long a connection that was killed may take to end, in milliseconds. */
const ENDS_MS = 1_000;
/** How long it waits before it looks again whether they have ended, in milliseconds. */
const AGAIN_MS = 10;

/**
 * The connections of an agent to its own server that ended before a statement was answered, and those of the agent before it. A
 * server carries out what it was sent, whether anybody still waits or not: that could undo what this agent says next. So it
 * ends them before it changes anything. All connections of an agent share this.
 */
export class GivenUp {
  /** By the numbers that the server gave them, which rise. */
  private readonly ids = new Set<number>();
  /** The first connection of this agent: those with lower numbers are of the one before. */
  private first = Number.POSITIVE_INFINITY;
  private looked = false;

  public constructor(private readonly clock: Clock = monotonicClock) {}

  /** A connection is of no more use, and the answer to this statement did not come. */
  public add(id: number, statement: string): void {
    if (changes(statement)) this.ids.add(id);
  }

  /** A connection was made. Where its number is not above the others, the server was started again. */
  public connected(id: number): void {
    for (const each of this.ids) if (each >= id) this.ids.delete(each);
    this.first = Math.min(this.first, id);
  }

  /** Ends them all, before a statement that changes something; throws where one of them goes on. */
  public async endBefore(statement: string, ask: (statement: string) => Promise<Row[]>): Promise<void> {
    if (!changes(statement) || (this.looked && this.ids.size === 0)) return;
    // Connects, so that there is a first.
    await ask('DO 1');
    for (const end = this.clock.now() + ENDS_MS; ; await sleep(this.clock, AGAIN_MS)) {
      const asked = [...this.ids];
      const listed = asked.length > 0 ? ` OR ID IN (${asked.join(', ')})` : '';
      const rows = await ask(
        `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = '${AGENT_USER}' AND (ID < ${this.first}${listed})`,
      );
      const left = rows.map(({ id }) => Number(id));
      for (const id of asked) if (!left.includes(id)) this.ids.delete(id);
      if (left.length === 0) break;
      if (this.clock.now() > end) throw new Error('a statement that was given up may still be carried out');
      for (const id of left) await ask(`KILL ${id}`).catch(() => undefined);
    }
    this.looked = true;
  }
}

/** Whether a statement changes anything but the connection that it comes over. */
function changes(statement: string): boolean {
  return !/^\s*(SELECT|SHOW|DO|KILL|SET SESSION)\b/i.test(statement);
}
