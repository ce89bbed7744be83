import * as net from 'node:net';
import { TIMEOUT_MS } from './http';
import type { Place } from './http';

/** The end of an answer: its last line has no hyphen behind the code. */
const LAST_LINE = /(?:^|\n)(\d{3}(?: [^\n]*)?)\r\n$/;

/** A connection to a mail server that waits for TLS to begin (RFC 3207). */
export function startTls({ host, port }: Place): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, host);
    const fail = (because: string) => socket.destroy(new Error(`${host}: ${because}`));
    const toSay = ['EHLO localhost', 'STARTTLS'];
    let answer = '';
    const take = (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      const line = LAST_LINE.exec(answer)?.[1];
      if (line === undefined) return;
      if (!line.startsWith('2')) return void fail(`it does not begin TLS: ${line}`);
      answer = '';
      const next = toSay.shift();
      if (next !== undefined) return void socket.write(`${next}\r\n`);
      socket.off('data', take);
      resolve(socket);
    };
    socket.on('data', take);
    socket.setTimeout(TIMEOUT_MS, () => fail(`no answer within ${TIMEOUT_MS} ms`));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${host}: it closed the connection before TLS began`)));
  });
}
