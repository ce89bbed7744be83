/** Fetches what a restore needs, as files that a server can take: a dump, and logs that it replays as if they had been relayed to it. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Archive } from './archive';
import { EVENT, MAGIC, eventsOf, transactionOf, typeOf } from './binlog';
import { GtidSet } from './gtid';
import { Limit, chooseDump, chooseLogs } from './plan';
import type { Goal } from './plan';

/** Fetched into a folder: `dump.sql`, `relay.000001` and on, `relay.index`, and `executed`, the set that has to be there in the end. */
export async function fetchBackup(
  archive: Archive,
  goal: Goal,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  const dump = chooseDump(await archive.dumps(), goal);
  const reached = await archive.reached();
  if (goal.time !== undefined && (!reached || Date.parse(reached.at) < goal.time))
    throw new Error(
      `the archive reaches only to ${reached?.at ?? 'the last dump'}; wait for it, or name an earlier time`,
    );
  const logs = chooseLogs(dump, await archive.logs());
  await mkdir(folder, { recursive: true });
  say(`restores ${dump.key} and ${logs.length} binary logs`);
  await pipeline(Readable.from(archive.open(dump.key)), createWriteStream(join(folder, 'dump.sql')));

  const there = new GtidSet(dump.executed);
  const limit = new Limit(goal);
  const names: string[] = [];
  for (const log of logs) {
    if (limit.reached) break;
    const name = `relay.${String(names.length + 1).padStart(6, '0')}`;
    names.push(name);
    const cut = cutLog(archive.open(log.key), there, limit);
    await pipeline(Readable.from(cut), createWriteStream(join(folder, name)));
  }
  const { transaction } = goal;
  if (transaction && !there.has(transaction.uuid, transaction.number))
    throw new Error(`the archive has no transaction ${transaction.uuid}:${transaction.number}`);
  await writeFile(join(folder, 'relay.index'), names.map((name) => `./${name}\n`).join(''));
  await writeFile(join(folder, 'executed'), there.toString());
  say(`to have in the end: ${there.toString()}`);
}

/** The events of a log up to the limit; transactions that are there already stay, as the server skips them. */
async function* cutLog(source: AsyncIterable<Buffer>, there: GtidSet, limit: Limit): AsyncGenerator<Buffer> {
  yield MAGIC;
  for await (const event of eventsOf(source)) {
    const transaction = transactionOf(event);
    if (transaction && !there.has(transaction.uuid, transaction.number)) {
      // What comes after the goal's own transaction begins here.
      if (limit.reached || limit.excludes(transaction)) {
        limit.reached = true;
        return;
      }
      there.add(transaction.uuid, transaction.number);
    }
    // It would tell the server that the logs go on where they do not.
    if (typeOf(event) === EVENT.ROTATE || typeOf(event) === EVENT.STOP) return;
    yield event;
  }
}
