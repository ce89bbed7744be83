import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Clock } from '../clock';
import { monotonicClock } from '../clock';
import { Refusal, encoded, readReply } from './resp';
import type { Reply } from './resp';

/** A socket of this machine, or a host and a port. */
export type Place = { readonly path: string } | { readonly host: string; readonly port: number };

/** The part of a connection that a client needs. */
export interface Wire {
  write(text: string): unknown;
  destroy(): unknown;
  on(event: 'connect' | 'close', heard: () => void): unknown;
  on(event: 'error', heard: (error: Error) => void): unknown;
  on(event: 'data', heard: (chunk: Buffer) => void): unknown;
}

/** Begins a connection. It says `connect` when it is made, and never so at once. */
export type Connect = (at: Place) => Wire;

/** Connects as a server wants it: by TLS over the network, where its authority's certificate is given. */
export function connectBy(authority?: () => string | undefined): Connect {
  return (at) => {
    if (!authority || 'path' in at) return net.connect(at).setNoDelay(true);
    const socket = tls.connect({ ...at, ca: authority(), servername: net.isIP(at.host) ? '' : at.host });
    socket.setNoDelay(true);
    return wireOf(socket);
  };
}

/** Such a connection is made once the server has shown its certificate. */
function wireOf(socket: tls.TLSSocket): Wire {
  return {
    write: (text) => socket.write(text),
    destroy: () => socket.destroy(),
    on: (event: string, heard: (...about: never[]) => void) =>
      socket.on(event === 'connect' ? 'secureConnect' : event, heard as () => void),
  };
}

export interface Address {
  readonly at: Place;
  readonly user: string;
  /** The passwords that the account may have, the one to use first. */
  readonly passwords: () => readonly string[];
}

interface Waiting {
  readonly done: (reply: Reply) => void;
  readonly failed: (error: Error) => void;
}

/**
 * A connection to a server, made anew where it ended. Where an answer is late the connection is given up, as the next answer would
 * be taken for it. The server may do later what it was told before: whoever cares has to know (`gate.ts`).
 */
export class ValkeyClient {
  private socket: Wire | undefined;
  private waiting: Waiting[] = [];
  private received: Buffer = Buffer.alloc(0);
  private acceptedPassword: string | undefined;
  private ready: Promise<void> | undefined;

  public constructor(
    private readonly address: Address,
    private readonly timeoutMs: number,
    private readonly whenClosed: () => void = () => undefined,
    private readonly clock: Clock = monotonicClock,
    private readonly connect: Connect = connectBy(),
  ) {}

  /** The password by which the server let it in last. */
  public get accepted(): string | undefined {
    return this.acceptedPassword;
  }

  /** Sends a command, and returns its answer. Rejects with a `Refusal` where the server answered by an error. */
  public async ask(...words: string[]): Promise<Reply> {
    const end = this.clock.now() + this.timeoutMs;
    let cancel: () => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.clock.after(end - this.clock.now(), () =>
        reject(new Error(`no answer within ${this.timeoutMs} ms`)),
      );
    });
    try {
      return await Promise.race([this.connected().then(() => this.send(words)), late]);
    } catch (error) {
      if (!(error instanceof Refusal)) this.close(error as Error);
      throw error;
    } finally {
      cancel();
    }
  }

  public close(why: Error = new Error('closed')): void {
    const { socket, waiting } = this;
    this.socket = this.ready = undefined;
    this.waiting = [];
    this.received = Buffer.alloc(0);
    socket?.destroy();
    for (const each of waiting) each.failed(why);
  }

  private connected(): Promise<void> {
    this.ready ??= this.open();
    return this.ready;
  }

  private async open(): Promise<void> {
    const socket = this.connect(this.address.at);
    this.socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('it closed the connection')));
    });
    const ended = (error?: Error) => {
      if (this.socket !== socket) return;
      this.close(error ?? new Error('it closed the connection'));
      this.whenClosed();
    };
    socket.on('error', ended);
    socket.on('close', () => ended());
    socket.on('data', (chunk) => this.take(chunk));
    await this.logIn();
  }

  private async logIn(): Promise<void> {
    let refused: unknown = new Error('there is no password for it');
    for (const password of this.address.passwords()) {
      try {
        await this.send(['AUTH', this.address.user, password]);
        this.acceptedPassword = password;
        return;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refused = error;
      }
    }
    throw new Error(`it is not let in: ${(refused as Error).message}`);
  }

  private send(words: readonly string[]): Promise<Reply> {
    return new Promise((done, failed) => {
      if (!this.socket) return failed(new Error('it closed the connection'));
      this.waiting.push({ done, failed });
      this.socket.write(encoded(words));
    });
  }

  private take(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    try {
      for (;;) {
        const next = readReply(this.received);
        if (!next) return;
        this.received = this.received.subarray(next.end);
        const first = this.waiting.shift();
        if (next.reply instanceof Refusal) first?.failed(next.reply);
        else first?.done(next.reply);
      }
    } catch (error) {
      this.close(error as Error);
    }
  }
}
