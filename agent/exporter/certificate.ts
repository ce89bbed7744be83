import * as tls from 'node:tls';
import { TIMEOUT_MS } from './http';
import type { Place } from './http';
import { startTls } from './smtp';

/**
 * When the certificate ends that a server shows to its clients, which may be another than the one in its Secret by now. Who
 * signed it is not looked at: that is for the clients to like.
 */
export async function certificateFigures(place: Place): Promise<string> {
  const { host, port } = place;
  return figure(place, await validTo(place, { host, port }));
}

/** The same of a mail server, which begins TLS when it is asked to, and logs as an error that a client just goes. */
export async function mailCertificateFigures(place: Place): Promise<string> {
  return figure(place, await validTo(place, { socket: await startTls(place) }, 'QUIT\r\n'));
}

function figure({ host }: Place, validUntil: string): string {
  const until = Date.parse(validUntil);
  if (Number.isNaN(until)) throw new Error(`${host}: its certificate does not say until when it is good`);
  return `tls_certificate_not_after_seconds ${until / 1000}\n`;
}

function validTo({ host, serverName }: Place, by: tls.ConnectionOptions, last?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ ...by, servername: serverName ?? host, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().valid_to);
      if (last === undefined) socket.destroy();
      else socket.end(last);
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`${host}: no answer within ${TIMEOUT_MS} ms`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${host}: it closed the connection before it showed a certificate`)));
  });
}
