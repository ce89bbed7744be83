import * as tls from 'node:tls';
import { TIMEOUT_MS } from './http';
import type { Place } from './http';

/**
 * When the certificate ends that a server shows to its clients, which may be another than the one in its Secret by now. Who
 * signed it is not looked at: that is for the clients to like.
 */
export async function certificateFigures({ host, port, serverName }: Place): Promise<string> {
  const until = Date.parse(await validTo(host, port, serverName ?? host));
  if (Number.isNaN(until)) throw new Error(`${host}: its certificate does not say until when it is good`);
  return `tls_certificate_not_after_seconds ${until / 1000}\n`;
}

function validTo(host: string, port: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, servername, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().valid_to);
      socket.destroy();
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`${host}: no answer within ${TIMEOUT_MS} ms`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${host}: it closed the connection before it showed a certificate`)));
  });
}
