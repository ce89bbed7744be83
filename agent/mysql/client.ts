/**
 * A MySQL client for what the library's own programs ask of a server: statements without parameters, text results, and the
 * stream of a binary log. Over a unix socket, or over TCP with TLS; never in the clear, as passwords are sent.
 */
import * as net from 'node:net';
import * as tls from 'node:tls';
import { parseEof, parseError, parseHandshake, parseRow, readLength, readText } from './packets';
import { CLIENT, handshakeResponse, scramble, sslRequest } from './packets';
import { nameOf, withoutSecrets } from './statement';

export interface Address {
  /** The path of a unix socket; instead of host and port. */
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  /** The authority that the server's certificate has to be signed by; unset, the connection is encrypted but any server's. */
  readonly ca?: string;
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
}

export type Row = Readonly<Record<string, string | null>>;

/** A connection to a server, on which a caller is logged in. */
export interface Connection {
  /** The number that the server gave it. */
  readonly id: number;
  /** Whether the connection can still be used. */
  readonly open: boolean;
  /** Called once, when the connection can be used no more. */
  whenClosed: (() => void) | undefined;
  /** Runs one statement; the rows of its result, or none. One at a time: the next waits for the one before. */
  query(statement: string, timeoutMs?: number): Promise<Row[]>;
  close(): void;
}

/** What the server said is wrong, with its number: 1290 is a write to a server that is read-only. */
export class MySqlError extends Error {
  public constructor(
    public readonly code: number,
    public readonly state: string,
    message: string,
  ) {
    super(`${message} (${code})`);
  }
}

export class MySqlClient implements Connection {
  /** Connects and logs in; settles within the time-out. */
  public static async connect(address: Address): Promise<MySqlClient> {
    const socket = address.socketPath
      ? net.connect(address.socketPath)
      : net.connect(address.port ?? 3306, address.host ?? '127.0.0.1');
    socket.setNoDelay(true);
    const client = new MySqlClient(socket, address.timeoutMs);
    try {
      await client.within(client.logIn(address), 'connecting');
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  private readonly packets: Buffer[] = [];
  /** What arrived of the next packet, and how much of it is needed before it is worth a look. */
  private arrived: Buffer[] = [];
  private length = 0;
  private needed = 4;
  private parts: Buffer[] = [];
  private sequence = 0;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  public id = 0;
  public whenClosed: (() => void) | undefined;

  private constructor(
    private socket: net.Socket,
    private readonly timeoutMs: number,
  ) {
    this.listen(socket);
  }

  public get open(): boolean {
    return this.failure === undefined;
  }

  public query(statement: string, timeoutMs = this.timeoutMs): Promise<Row[]> {
    const result = this.turn.then(() => this.within(this.ask(statement), nameOf(statement), timeoutMs));
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** The events of a binary log from its start, without waiting for new ones: ends where the server has no more. */
  public async *binaryLog(file: string, serverId: number): AsyncGenerator<Buffer> {
    await this.query('SET @source_binlog_checksum = @@global.binlog_checksum');
    const head = Buffer.alloc(11);
    head.writeUInt8(0x12, 0);
    head.writeUInt32LE(4, 1);
    head.writeUInt16LE(1, 5);
    head.writeUInt32LE(serverId, 7);
    this.command(Buffer.concat([head, Buffer.from(file)]));
    for (;;) {
      const packet = await this.within(this.next(), `reading ${file}`);
      if (packet[0] === 0xff) throw fault(packet);
      if (packet[0] === 0xfe && packet.length < 9) return;
      yield packet.subarray(1);
    }
  }

  public close(): void {
    this.fail(new Error('the connection was closed'));
  }

  private async logIn({ socketPath, host, ca, user, password }: Address): Promise<void> {
    const first = await this.next();
    if (first[0] === 0xff) throw fault(first);
    const greeting = parseHandshake(first);
    this.id = greeting.id;
    const secure = socketPath === undefined;
    if (secure) {
      if (!(greeting.capabilities & CLIENT.SSL)) throw new Error('the server offers no tls');
      this.send(sslRequest());
      await this.encrypt(host ?? '127.0.0.1', ca);
    }
    this.send(
      handshakeResponse({
        user,
        plugin: greeting.plugin,
        answer: scramble(greeting.plugin, password, greeting.nonce),
        secure,
      }),
    );
    for (;;) {
      const packet = await this.next();
      if (packet[0] === 0x00) return;
      if (packet[0] === 0xff) throw fault(packet);
      if (packet[0] === 0xfe) {
        const [plugin, after] = readText(packet, 1);
        const nonce = packet.subarray(after, after + 20);
        this.send(scramble(plugin, password, nonce));
      } else if (packet[0] === 0x01 && packet[1] === 0x04) {
        // Full authentication: the transport is a unix socket or encrypted, so the password goes as it is.
        this.send(Buffer.from(`${password}\0`));
      } else if (!(packet[0] === 0x01 && packet[1] === 0x03)) {
        throw new Error(`the server went on logging in with an unknown packet 0x${packet.toString('hex', 0, 2)}`);
      }
    }
  }

  private encrypt(host: string, ca: string | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.removeAllListeners('data');
      const secured = tls.connect({
        socket: this.socket,
        ...(net.isIP(host) ? {} : { servername: host }),
        ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
      });
      secured.once('secureConnect', resolve).once('error', reject);
      // A connection given up after its time-out ends without an error.
      secured.once('close', () => reject(this.failure ?? new Error('the server closed the connection')));
      this.socket = secured;
      this.listen(secured);
    });
  }

  private async ask(statement: string): Promise<Row[]> {
    this.command(Buffer.concat([Buffer.from([0x03]), Buffer.from(statement)]));
    const head = await this.next();
    if (head[0] === 0xff) throw fault(head, statement);
    if (head[0] === 0x00) return [];
    const [columns] = readLength(head, 0);
    const names: string[] = [];
    for (let index = 0; index < columns; index++) names.push(columnName(await this.next()));
    await this.next();
    const rows: Row[] = [];
    for (;;) {
      const packet = await this.next();
      if (packet[0] === 0xff) throw fault(packet, statement);
      if (parseEof(packet)) return rows;
      const values = parseRow(packet, columns);
      rows.push(Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])));
    }
  }

  private command(body: Buffer): void {
    if (this.failure) throw this.failure;
    this.sequence = 0;
    this.send(body);
  }

  private send(body: Buffer): void {
    const head = Buffer.alloc(4);
    head.writeUIntLE(body.length, 0, 3);
    head.writeUInt8(this.sequence++ & 0xff, 3);
    this.socket.write(Buffer.concat([head, body]));
  }

  private listen(socket: net.Socket): void {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  /** Cuts what arrived into packets; one of 16 MiB is gone on with in the next. */
  private take(chunk: Buffer): void {
    this.arrived.push(chunk);
    this.length += chunk.length;
    if (this.length < this.needed) return;
    let rest = this.arrived.length === 1 ? chunk : Buffer.concat(this.arrived);
    this.needed = 4;
    while (rest.length >= 4) {
      const length = rest.readUIntLE(0, 3);
      this.needed = 4 + length;
      if (rest.length < this.needed) break;
      this.sequence = rest.readUInt8(3) + 1;
      this.parts.push(rest.subarray(4, this.needed));
      if (length < 0xffffff) {
        this.packets.push(this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts));
        this.parts = [];
      }
      rest = rest.subarray(this.needed);
      this.needed = 4;
    }
    this.arrived = [rest];
    this.length = rest.length;
    if (this.packets.length > 64) this.socket.pause();
    this.wake?.();
  }

  private async next(): Promise<Buffer> {
    while (this.packets.length === 0) {
      if (this.failure) throw this.failure;
      this.socket.resume();
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.packets.shift()!;
  }

  private fail(error: Error): void {
    const first = this.failure === undefined;
    this.failure ??= error;
    this.socket.destroy();
    this.wake?.();
    if (first) this.whenClosed?.();
  }

  /** A connection whose answer did not come in time is of no more use: what comes later would belong to another question. */
  private async within<T>(work: Promise<T>, what: string, timeoutMs = this.timeoutMs): Promise<T> {
    const timer = setTimeout(() => this.fail(new Error(`no answer within ${timeoutMs} ms: ${what}`)), timeoutMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }
}

function fault(packet: Buffer, statement = ''): MySqlError {
  const { code, state, message } = parseError(packet);
  return new MySqlError(code, state, withoutSecrets(message, statement));
}

/** The name as the statement gave it: the fifth text of a column's definition. */
function columnName(packet: Buffer): string {
  let at = 0;
  let text = '';
  for (let field = 0; field < 5; field++) {
    const [length, start] = readLength(packet, at);
    text = packet.toString('utf8', start, start + length);
    at = start + length;
  }
  return text;
}
