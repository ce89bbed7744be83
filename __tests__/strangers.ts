import { get } from 'node:http';
import { Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a hostile client holds a connection: what it sends at first, and every second from then on. */
export interface Attack {
  readonly first: string;
  readonly more: string;
  /** Whether it leaves the answer unread. */
  readonly deaf?: boolean;
}

const START = 'GET / HTTP/1.1\r\nHost: site\r\n';
const LARGE_HEADER = `X-Large: ${'a'.repeat(7000)}\r\n`;

/** The large answer is that of `/img/large.bin`. */
export const ATTACKS: Record<string, Attack> = {
  'half-open': { first: '', more: '' },
  'one-byte': { first: 'G', more: '' },
  'slow-header': { first: START, more: 'X-A: b\r\n' },
  'slow-body': { first: `${START.replace('GET', 'POST')}Content-Length: 1000000\r\n\r\n`, more: 'a' },
  'slow-read': { first: `${START.replace('/', '/img/large.bin')}\r\n`, more: '', deaf: true },
  'large-header': { first: START + LARGE_HEADER.repeat(3) + LARGE_HEADER.trimEnd(), more: 'a' },
};

/** Many connections of one address, each made again when it is closed. */
export class Stranger {
  private readonly sockets = new Set<Socket>();
  private readonly timer: NodeJS.Timeout;
  private stopped = false;
  private tried = 0;

  constructor(
    private readonly attack: Attack,
    private readonly target: { readonly host: string; readonly port: number; readonly from?: string },
    private readonly connections: number,
  ) {
    for (let index = 0; index < connections; index++) this.open();
    this.timer = setInterval(() => this.sockets.forEach((socket) => socket.write(attack.more)), 1000);
  }

  /**
   * Returns once as many connections were tried as it wants. A server that refuses at once resets many of them before this process
   * hears that they were made, and none of these would ever count as made.
   */
  public async begun(): Promise<void> {
    while (this.tried < this.connections) await sleep(20);
  }

  public stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
    for (const socket of this.sockets) socket.destroy();
  }

  private open(): void {
    if (this.stopped) return;
    const { host, port, from } = this.target;
    const socket = connect({ host, port, ...(from && { localAddress: from }) });
    this.sockets.add(socket);
    let isTried = false;
    const tried = () => {
      if (!isTried) this.tried++;
      isTried = true;
    };
    socket.on('connect', () => {
      tried();
      socket.write(this.attack.first);
      if (!this.attack.deaf) socket.resume();
    });
    socket.on('error', tried);
    socket.on('close', () => {
      this.sockets.delete(socket);
      setTimeout(() => this.open(), 1000);
    });
  }
}

/** The status of an answer to a client of this address, on a connection of its own; none where it got no answer. */
export function statusOf(url: string, from: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { localAddress: from, agent: false, timeout: 30_000 }, (response) => {
      response
        .resume()
        .on('end', () => resolve(response.statusCode))
        .on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy()).on('error', () => resolve(undefined));
  });
}
