/** What a store keeps of a pair, and what is done with it. Keys: `PREFIX/dumps/TIME.sql.gz`, `PREFIX/binlogs/TIME-SERVER-FILE.gz`, each with a `.json`. */
import { createGunzip, createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import type { MySqlClient } from '../mysql/client';
import { EVENT, MAGIC, previousOf, timeOf, transactionOf, typeOf } from './binlog';
import type { Bucket } from './bucket';
import { GtidSet } from './gtid';

export interface Dump {
  readonly key: string;
  readonly at: string;
  /** Every transaction that it has. */
  readonly executed: string;
  readonly bytes: number;
}

/** A binary log, closed and stored. */
export interface StoredLog {
  readonly key: string;
  readonly server: string;
  readonly file: string;
  readonly createdAt: number;
  /** The transactions before its first, on that server. */
  readonly previous: string;
  readonly executed: string;
}

/** The last words of a dump that is whole. */
const LAST_WORDS = '-- Dump completed';
/** A replica's number that no slice has. */
const ARCHIVER_ID = 4_000_000_000;

export class Archive {
  public constructor(
    private readonly bucket: Bucket,
    private readonly prefix: string,
    private readonly say: (line: string) => void,
  ) {}

  public async dumps(): Promise<Dump[]> {
    return this.described<Dump>('dumps');
  }

  public async logs(): Promise<StoredLog[]> {
    return this.described<StoredLog>('binlogs');
  }

  /** Stores a dump as it is made. One that is cut short is not kept. */
  public async storeDump(source: AsyncIterable<Buffer>, at: Date): Promise<Dump> {
    const key = `${this.prefix}/dumps/${at.toISOString()}`;
    const seen = { head: '', tail: '', bytes: 0 };
    const watched = async function* () {
      for await (const chunk of source) {
        seen.bytes += chunk.length;
        if (seen.head.length < 1 << 20) seen.head += chunk.toString('latin1');
        seen.tail = (seen.tail + chunk.toString('latin1', Math.max(0, chunk.length - 200))).slice(-200);
        yield chunk;
      }
      if (!seen.tail.includes(LAST_WORDS)) throw new Error('the dump was cut short');
    };
    await this.bucket.putStream(`${key}.sql.gz`, compressed(watched()));
    const purged = /SET @@GLOBAL\.GTID_PURGED=.*?'([0-9a-f][^']*)'/s.exec(seen.head)?.[1];
    if (purged === undefined) throw new Error('the dump does not say which transactions it has');
    const dump = {
      key: `${key}.sql.gz`,
      at: at.toISOString(),
      executed: new GtidSet(purged).toString(),
      bytes: seen.bytes,
    };
    await this.bucket.put(`${key}.json`, Buffer.from(JSON.stringify(dump)));
    this.say(`stored ${dump.key}: ${dump.bytes} bytes, ${dump.executed}`);
    return dump;
  }

  /** Stores each binary log of a server that is not stored yet, after closing the one that it writes to. */
  public async storeLogs(connect: () => Promise<MySqlClient>): Promise<void> {
    const client = await connect();
    const [row] = await client.query('SELECT @@server_uuid AS uuid');
    const server = row!['uuid']!;
    const stored = new Set((await this.logs()).filter((log) => log.server === server).map(({ file }) => file));
    await client.query('FLUSH BINARY LOGS');
    const files = (await client.query('SHOW BINARY LOGS')).map((each) => each['Log_name']!);
    for (const file of files.slice(0, -1)) if (!stored.has(file)) await this.storeLog(connect, server, file);
    const [now] = await client.query('SELECT @@global.gtid_executed AS executed');
    client.close();
    const reached = { at: new Date().toISOString(), executed: new GtidSet(now!['executed']!).toString() };
    await this.bucket.put(`${this.prefix}/reached.json`, Buffer.from(JSON.stringify(reached)));
    this.say(`the archive reaches to ${reached.at}: ${reached.executed}`);
  }

  /** When the archive was last known to have every transaction up to then. */
  public async reached(): Promise<{ readonly at: string; readonly executed: string } | undefined> {
    const keys = await this.bucket.list(`${this.prefix}/reached.json`);
    return keys.length === 0 ? undefined : JSON.parse(String(await this.bucket.get(keys[0]!)));
  }

  /** Removes dumps older than so many days, but the last one; and logs that the oldest one left has all of. */
  public async prune(days: number, now: Date): Promise<void> {
    const dumps = await this.dumps();
    const old = dumps.slice(0, -1).filter(({ at }) => Date.parse(at) < now.getTime() - days * 86_400_000);
    for (const { key } of old) await this.remove(key);
    const oldest = dumps.find((dump) => !old.includes(dump));
    if (!oldest) return;
    const kept = new GtidSet(oldest.executed);
    for (const log of await this.logs()) if (new GtidSet(log.executed).isIn(kept)) await this.remove(log.key);
  }

  public async *open(key: string): AsyncGenerator<Buffer> {
    const response = await this.bucket.getStream(key);
    yield* response.pipe(createGunzip()) as AsyncIterable<Buffer>;
  }

  private async storeLog(connect: () => Promise<MySqlClient>, server: string, file: string): Promise<void> {
    // The stream of a log takes its connection: what is not read of it is thrown away with it.
    const client = await connect();
    const executed = new GtidSet();
    let previous = '';
    let createdAt = 0;
    const events = async function* () {
      yield MAGIC;
      for await (const event of client.binaryLog(file, ARCHIVER_ID)) {
        const type = typeOf(event);
        // The stream begins with an event that is in no file, and goes on into the next file.
        if (type === EVENT.ROTATE && timeOf(event) === 0) {
          if (createdAt === 0) continue;
          return;
        }
        if (type === EVENT.FORMAT && createdAt === 0) createdAt = timeOf(event);
        if (type === EVENT.PREVIOUS) previous = previousOf(event).toString();
        const transaction = transactionOf(event);
        if (transaction) executed.add(transaction.uuid, transaction.number);
        yield event;
        if (type === EVENT.ROTATE || type === EVENT.STOP) return;
      }
    };
    const name = `${this.prefix}/binlogs/${server}-${file}`;
    await this.bucket.putStream(`${name}.gz`, compressed(events())).finally(() => client.close());
    const log: StoredLog = { key: `${name}.gz`, server, file, createdAt, previous, executed: executed.toString() };
    await this.bucket.put(`${name}.json`, Buffer.from(JSON.stringify(log)));
    this.say(`stored ${log.key}: ${log.executed || 'no transactions'}`);
  }

  private async described<T>(kind: string): Promise<T[]> {
    const keys = (await this.bucket.list(`${this.prefix}/${kind}/`)).filter((key) => key.endsWith('.json'));
    const found: T[] = [];
    for (const key of keys) found.push(JSON.parse(String(await this.bucket.get(key))) as T);
    return found;
  }

  private async remove(key: string): Promise<void> {
    await this.bucket.delete(key.replace(/(\.sql)?\.gz$/, '.json'));
    await this.bucket.delete(key);
    this.say(`removed ${key}`);
  }
}

function compressed(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gzip = createGzip({ level: 1 });
  Readable.from(source, { objectMode: false })
    .on('error', (error) => gzip.destroy(error))
    .pipe(gzip);
  return gzip as AsyncIterable<Buffer>;
}
