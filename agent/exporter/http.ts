import * as http from 'node:http';
import { isIP } from 'node:net';
import type { ServerTarget } from '../../contract/exporter-config';

/** Longer than any server takes that works, and within Prometheus' ten seconds. */
export const TIMEOUT_MS = 5_000;

/** Where a program listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** The name that a certificate is asked for. */
  readonly serverName?: string;
}

/** The place of a target: its own, or the address that the scrape names. */
export function placeOf(target: ServerTarget, at: string | undefined): Place {
  const { host = at, port, serverName } = target;
  if (host === undefined) throw new Error('it has no address of its own: name one by at=ADDRESS');
  if (target.host === undefined && isIP(host) === 0) throw new Error(`at=${host} is not an address`);
  return { host, port, ...(serverName !== undefined && { serverName }) };
}

/** What a web server answers; anything but a 200 is an error. */
export function fetched({ host, port }: Place, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, path, agent: false });
    const late = () => request.destroy(new Error(`${host}: no answer within ${TIMEOUT_MS} ms`));
    const timer = setTimeout(late, TIMEOUT_MS);
    request.on('error', reject).on('close', () => clearTimeout(timer));
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`${host}: ${path}: status ${response.statusCode}`));
        resolve(text);
      });
    });
    request.end();
  });
}
