import { connect } from 'node:net';

/** How long a try waits for its answer. Another is sent long before. */
const TIMEOUT_MS = 500;

/** Whether anything answers at an address: who refuses a connection lives as well as who takes it. */
export type Probe = (address: string) => Promise<boolean>;

const REFUSED = ['ECONNREFUSED', 'ECONNRESET'];

export function probeAt(port: number, timeoutMs = TIMEOUT_MS): Probe {
  return (host) =>
    new Promise((resolve) => {
      const socket = connect({ host, port });
      const end = (answered: boolean) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(answered);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      socket.on('connect', () => end(true));
      socket.on('error', (error: NodeJS.ErrnoException) => end(REFUSED.includes(error.code ?? '')));
    });
}
