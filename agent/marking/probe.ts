import { connect } from 'node:net';

/** How long a try waits for a connection, and then for a word, in milliseconds. Another is sent long before. */
const CONNECTS_MS = 500;
const SPEAKS_MS = 1_000;

/** So many connections wait for a word of one address: an agent takes few of one address, and some of them are its peer's. */
const MOST_WAIT = 4;

/**
 * What answers a try: nothing; a kernel that accepts a connection, which it does for a program that hangs; or more: a program that
 * says a word, or a kernel that refuses, as there is no program.
 */
export type Answer = 'nothing' | 'kernel' | 'program';

/** Tries an address. `connected` is called as soon as its kernel answers, before a program does. */
export type Probe = (address: string, connected?: () => void) => Promise<Answer>;

const REFUSED = ['ECONNREFUSED', 'ECONNRESET'];

export function probeAt(port: number, connectsMs = CONNECTS_MS, speaksMs = SPEAKS_MS): Probe {
  const waiting = new Map<string, number>();
  const waits = (host: string, change: 1 | -1) => {
    const count = (waiting.get(host) ?? 0) + change;
    if (count > 0) waiting.set(host, count);
    else waiting.delete(host);
  };
  return async (host, connected = () => undefined) => {
    if ((waiting.get(host) ?? 0) >= MOST_WAIT) return 'kernel';
    return new Promise((resolve) => {
      const socket = connect({ host, port });
      let isConnected = false;
      const end = (answer: Answer) => {
        clearTimeout(timer);
        socket.removeAllListeners().on('error', () => undefined);
        socket.destroy();
        if (isConnected) waits(host, -1);
        resolve(answer);
      };
      let timer = setTimeout(() => end('nothing'), connectsMs);
      socket.on('connect', () => {
        isConnected = true;
        waits(host, 1);
        connected();
        clearTimeout(timer);
        timer = setTimeout(() => end('kernel'), speaksMs);
        socket.write(`GET /healthz HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      });
      for (const event of ['data', 'end'] as const) socket.on(event, () => end('program'));
      socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => end(REFUSED.includes(code) ? 'program' : 'nothing'));
    });
  };
}
