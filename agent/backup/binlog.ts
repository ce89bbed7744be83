/** The events of a binary log, as far as archiving and cutting it needs them. */
import { GtidSet } from './gtid';

export const MAGIC = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);
const HEADER = 19;

export const EVENT = { STOP: 3, ROTATE: 4, FORMAT: 15, GTID: 33, ANONYMOUS: 34, PREVIOUS: 35, TAGGED: 42 };

export interface Transaction {
  readonly uuid: string;
  readonly number: number;
  /** When it was committed where it was first, in milliseconds. */
  readonly committedAt: number;
}

export const typeOf = (event: Buffer) => event.readUInt8(4);
/** When it was written, in milliseconds; zero for one that the server only made up for the stream. */
export const timeOf = (event: Buffer) => event.readUInt32LE(0) * 1000;

/** What a GTID event says of the transaction that follows it. */
export function transactionOf(event: Buffer): Transaction | undefined {
  const type = typeOf(event);
  if (type === EVENT.TAGGED || type === EVENT.ANONYMOUS)
    throw new Error('the log has transactions with a tag or without a gtid, which cannot be restored to a point');
  if (type !== EVENT.GTID) return undefined;
  const uuid = uuidOf(event.subarray(HEADER + 1, HEADER + 17));
  const number = Number(event.readBigUInt64LE(HEADER + 17));
  // Flags 1, uuid 16, number 8, a type 1, two logical clocks 16; then the time of this commit, and where its highest bit is
  // set that of the first commit, in microseconds of 55 bits.
  const at = HEADER + 42;
  const here = bits55(event, at);
  return { uuid, number, committedAt: (event.readUInt8(at + 6) & 0x80 ? bits55(event, at + 7) : here) / 1000 };
}

/** The set of all transactions in the logs before this one. */
export function previousOf(event: Buffer): GtidSet {
  const set = new GtidSet();
  let at = HEADER;
  const read = () => Number(event.readBigUInt64LE((at += 8) - 8));
  const uuids = read();
  // The highest byte says how the set is written; above zero it has tags.
  if (uuids > 0xffffffff) throw new Error('the log has transactions with a tag, which cannot be restored to a point');
  for (let index = 0; index < uuids; index++) {
    const uuid = uuidOf(event.subarray(at, at + 16));
    at += 16;
    for (let left = read(); left > 0; left--) {
      const from = read();
      set.addAll(new GtidSet(`${uuid}:${from}-${read() - 1}`));
    }
  }
  return set;
}

/** Cuts a file's bytes into events; the magic bytes are left out. */
export async function* eventsOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of source) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (!begun) {
      if (rest.length < MAGIC.length) continue;
      if (!rest.subarray(0, 4).equals(MAGIC)) throw new Error('this is no binary log');
      rest = rest.subarray(4);
      begun = true;
    }
    while (rest.length >= HEADER) {
      const length = rest.readUInt32LE(9);
      if (rest.length < length) break;
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
    }
  }
  if (rest.length > 0) throw new Error('the binary log ends within an event');
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function bits55(event: Buffer, at: number): number {
  return event.readUIntLE(at, 6) + (event.readUInt8(at + 6) & 0x7f) * 2 ** 48;
}
