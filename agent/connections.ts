import type * as http from 'node:http';
import type { Socket } from 'node:net';

/** Connections of one address at the same time: the kubelet's probes, a peer's questions and Prometheus have one or two each. */
const OF_ONE_ADDRESS = 8;
/** Connections in all: each takes some 10 KiB of the agent's RAM. */
const OF_ALL = 256;
/** How long a request's head and the whole of it may take, in milliseconds. */
const HEAD_MS = 2_000;
const REQUEST_MS = 3_000;

/**
 * Bounds what strangers can take of the agent: whoever opens connections, or sends a request and does not end it, keeps nobody
 * else from being answered.
 */
export function boundConnections(server: http.Server): void {
  const open = new Map<string, number>();
  server.maxConnections = OF_ALL;
  server.headersTimeout = HEAD_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = 5_000;
  server.maxRequestsPerSocket = 1_000;
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (LOCAL.test(address)) return;
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.on('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    if (count > OF_ONE_ADDRESS) socket.destroy();
  });
}

/** How often requests that take too long are looked for, in milliseconds; and the longest head, in bytes. */
export const BOUNDS = { connectionsCheckingInterval: 500, maxHeaderSize: 4_096 };

const LOCAL = /^(::ffff:)?127\.|^::1$/;

/** Whether a request comes from the pod itself, or by a port that the kubelet forwards. */
export function isLocal({ socket }: http.IncomingMessage): boolean {
  return LOCAL.test(socket.remoteAddress ?? '');
}
