import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { RequestListener, Server, createServer } from 'node:http';
import { AddressInfo } from 'node:net';

export interface Listening {
  readonly server: Server;
  readonly port: number;
}

/** An HTTP server of this process. */
export async function serve(listener?: RequestListener, port = 0, address = '127.0.0.1'): Promise<Listening> {
  // Its own limit would be Node's: 16 KiB.
  const server = createServer({ maxHeaderSize: 1 << 18 }, listener);
  await once(server.listen(port, address), 'listening');
  // A test that fails does not close it, and must not keep the process from its end.
  server.unref();
  return { server, port: (server.address() as AddressInfo).port };
}

export async function freePorts(count: number): Promise<number[]> {
  const taken = await Promise.all(Array.from({ length: count }, () => serve()));
  for (const { server } of taken) server.close();
  return taken.map(({ port }) => port);
}

/** A DNS server to which each name is one of this machine. */
export async function serveNames(): Promise<{ close: () => void; port: number }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, client) => {
    // Its end: the root's empty name, type and class.
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const head = Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const address = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);
    socket.send(Buffer.concat([head, question, address]), client.port);
  });
  await once(socket.bind(0, '127.0.0.1'), 'listening');
  return { close: () => socket.close(), port: socket.address().port };
}
