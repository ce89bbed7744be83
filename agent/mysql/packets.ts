/** The packets of MySQL's client protocol, as far as client.ts needs them: their bytes, without any I/O. */
import { createHash } from 'node:crypto';

export const CLIENT = {
  LONG_PASSWORD: 0x1,
  PROTOCOL_41: 0x200,
  SSL: 0x800,
  TRANSACTIONS: 0x2000,
  SECURE_CONNECTION: 0x8000,
  PLUGIN_AUTH: 0x80000,
};
const CAPABILITIES =
  CLIENT.LONG_PASSWORD | CLIENT.PROTOCOL_41 | CLIENT.TRANSACTIONS | CLIENT.SECURE_CONNECTION | CLIENT.PLUGIN_AUTH;
/** utf8mb4_general_ci. */
const CHARACTER_SET = 45;

export interface Handshake {
  readonly version: string;
  /** The number of the connection. */
  readonly id: number;
  readonly capabilities: number;
  readonly nonce: Buffer;
  readonly plugin: string;
}

/** The server's first packet, version 10. */
export function parseHandshake(packet: Buffer): Handshake {
  if (packet[0] !== 10) throw new Error(`the server speaks protocol ${packet[0]}, not 10`);
  const [version, afterVersion] = readText(packet, 1);
  const id = packet.readUInt32LE(afterVersion);
  let at = afterVersion + 4;
  const nonce = [packet.subarray(at, at + 8)];
  at += 9;
  const capabilities = (packet.readUInt16LE(at) | (packet.readUInt16LE(at + 5) << 16)) >>> 0;
  const length = packet.readUInt8(at + 7);
  at += 18;
  const rest = Math.max(13, length - 8);
  nonce.push(packet.subarray(at, at + rest - 1));
  const [plugin] = readText(packet, at + rest);
  return { version, id, capabilities, nonce: Buffer.concat(nonce), plugin };
}

export function sslRequest(): Buffer {
  const packet = Buffer.alloc(32);
  packet.writeUInt32LE((CAPABILITIES | CLIENT.SSL) >>> 0, 0);
  packet.writeUInt32LE(0x1000000, 4);
  packet.writeUInt8(CHARACTER_SET, 8);
  return packet;
}

export function handshakeResponse(login: {
  readonly user: string;
  readonly plugin: string;
  readonly answer: Buffer;
  readonly secure: boolean;
}): Buffer {
  const head = sslRequest();
  if (!login.secure) head.writeUInt32LE(CAPABILITIES, 0);
  return Buffer.concat([
    head,
    Buffer.from(`${login.user}\0`),
    Buffer.from([login.answer.length]),
    login.answer,
    Buffer.from(`${login.plugin}\0`),
  ]);
}

/** What proves that one knows the password, without telling it. */
export function scramble(plugin: string, password: string, nonce: Buffer): Buffer {
  if (plugin !== 'caching_sha2_password')
    throw new Error(`the server wants ${plugin}; create the account with caching_sha2_password`);
  if (password === '') return Buffer.alloc(0);
  const once = sha256(Buffer.from(password));
  const twice = sha256(Buffer.concat([sha256(once), nonce.subarray(0, 20)]));
  return Buffer.from(once.map((byte, index) => byte ^ twice[index]!));
}

export function parseError(packet: Buffer): { code: number; state: string; message: string } {
  const marked = packet[3] === 0x23;
  return {
    code: packet.readUInt16LE(1),
    state: marked ? packet.toString('latin1', 4, 9) : '',
    message: packet.toString('utf8', marked ? 9 : 3),
  };
}

/** Whether this ends a list; a row that begins with the same byte is at least nine bytes long. */
export function parseEof(packet: Buffer): boolean {
  return packet[0] === 0xfe && packet.length < 9;
}

export function parseRow(packet: Buffer, columns: number): (string | null)[] {
  const values: (string | null)[] = [];
  let at = 0;
  for (let column = 0; column < columns; column++) {
    if (packet[at] === 0xfb) {
      values.push(null);
      at++;
    } else {
      const [length, start] = readLength(packet, at);
      values.push(packet.toString('utf8', start, start + length));
      at = start + length;
    }
  }
  return values;
}

/** A length in one to nine bytes, and where what follows it starts. */
export function readLength(packet: Buffer, at: number): [number, number] {
  const first = packet.readUInt8(at);
  if (first < 0xfb) return [first, at + 1];
  if (first === 0xfc) return [packet.readUInt16LE(at + 1), at + 3];
  if (first === 0xfd) return [packet.readUIntLE(at + 1, 3), at + 4];
  return [Number(packet.readBigUInt64LE(at + 1)), at + 9];
}

/** A text that ends with a zero byte, or with the packet. */
export function readText(packet: Buffer, at: number): [string, number] {
  const end = packet.indexOf(0, at);
  return end < 0 ? [packet.toString('utf8', at), packet.length] : [packet.toString('utf8', at, end), end + 1];
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
