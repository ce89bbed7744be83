/** What to restore from, and where to end: decisions and nothing else. */
import type { Transaction } from './binlog';
import type { Dump, StoredLog } from './archive';
import { GtidSet } from './gtid';

/** Where a restore ends. */
export interface Goal {
  /** The last moment of which transactions are restored, in milliseconds. */
  readonly time?: number;
  /** The last transaction that is restored. */
  readonly transaction?: { readonly uuid: string; readonly number: number };
}

/** `2026-11-24T19:00:00Z`, or `uuid:number`; empty for all there is. */
export function parseGoal(text: string): Goal {
  if (text === '') return {};
  const match = /^([0-9a-f-]{36}):(\d+)$/i.exec(text);
  if (match) return { transaction: { uuid: match[1]!.toLowerCase(), number: Number(match[2]) } };
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/[zZ]$|[+-]\d\d:\d\d$/.test(text))
    throw new Error(
      `'${text}' is neither a time with its zone, such as 2026-11-24T19:00:00Z, nor a transaction, uuid:number`,
    );
  return { time };
}

/** The newest dump that has nothing beyond the goal. */
export function chooseDump(dumps: Dump[], goal: Goal): Dump {
  const { time, transaction } = goal;
  const fit = dumps.filter(
    (dump) =>
      (time === undefined || Date.parse(dump.at) <= time) &&
      (!transaction || !new GtidSet(dump.executed).has(transaction.uuid, transaction.number)),
  );
  const last = [...fit].sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1);
  if (!last) throw new Error('there is no dump from before that point');
  return last;
}

/**
 * The logs to replay after the dump, in an order in which each begins with nothing that is not there yet. Logs of both
 * servers overlap; what is there already is skipped when it is replayed.
 */
export function chooseLogs(dump: Dump, logs: StoredLog[]): StoredLog[] {
  const there = new GtidSet(dump.executed);
  const left = logs
    .filter((log) => !new GtidSet(log.executed).isIn(there))
    .sort((a, b) => a.createdAt - b.createdAt || (a.file < b.file ? -1 : 1));
  const chosen: StoredLog[] = [];
  for (;;) {
    const index = left.findIndex((log) => new GtidSet(log.previous).isIn(there));
    if (index < 0) return chosen;
    const [log] = left.splice(index, 1);
    const executed = new GtidSet(log!.executed);
    if (executed.isIn(there)) continue;
    chosen.push(log!);
    there.addAll(executed);
  }
}

/** Whether a transaction is beyond the goal, asked in the order of the log. */
export class Limit {
  private passed = false;
  public reached = false;

  public constructor(private readonly goal: Goal) {}

  /** Of one that was not there yet. */
  public excludes({ uuid, number, committedAt }: Transaction): boolean {
    const { time, transaction } = this.goal;
    if (this.passed || (time !== undefined && committedAt > time)) {
      this.passed = this.reached = true;
      return true;
    }
    if (transaction?.uuid === uuid && transaction.number === number) this.passed = this.reached = true;
    return false;
  }
}
