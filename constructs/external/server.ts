import { isIP } from 'node:net';
import type { Construct } from 'constructs';
import { checkPort, isNoHost, isPlainAddress, problem } from '../core/problems';

/** A host and a port outside the site. */
export interface Server {
  readonly host: string;
  readonly port: number;
  /** The property that names it. */
  readonly property: string;
  /** The text of the property, if that is more than the host. */
  readonly given?: string;
}

/** A name in DNS. */
const HOST =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/** Reports a host that is neither a name nor an address, and a port that is none. A zone, `fe80::1%eth0`, is of one machine alone. */
export function checkServer(construct: Construct, { host, port, property, given }: Server): void {
  if (!isServerHost(host))
    problem(construct, property, host, "write a host's name or address alone, such as 'db.example.net' or '10.1.2.3'");
  else if (isNoHost(host)) problem(construct, property, host, 'no other host has it; write an address of your network');
  checkPort(construct, given === undefined ? 'port' : property, port, given);
}

/** Whether it is a name, or an address that a NetworkPolicy takes. A name whose last part is a number would be read as an address. */
export function isServerHost(host: string): boolean {
  return isIP(host) > 0 ? isPlainAddress(host) : HOST.test(host) && !/(^|\.)\d+$/.test(host);
}

/** `10.1.2.3:11211` as a host and a port; an IPv6 address is in brackets. */
export function serverOf(text: string, property: string): Server {
  const [, host = text, port = '0'] = /^(.*):(\d+)$/.exec(text) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port), property, given: text };
}
