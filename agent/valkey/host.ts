import type { ValkeyEngineConfig } from '../../contract/engine-config';
import type { Clock } from '../clock';
import { monotonicClock } from '../clock';
import { disk } from '../files';
import type { Files } from '../files';
import { keysIn } from '../mounted-secret';
import { CERTIFICATE_FILES, CERTIFICATE_FOLDER } from '../../contract/valkey-tls';
import { ValkeyClient, connectBy } from './client';
import type { Connect, Place } from './client';
import { ValkeyServer } from './server';
import { readFileSync } from 'node:fs';

/** Everything outside the process that an agent of Valkey uses, so that tests can replace it. */
export interface Host {
  readonly clock: Clock;
  readonly connect: Connect;
  readonly files: Files;
  /** The folder of the servers' certificate, where they have one. */
  readonly certificate?: string | undefined;
  /** Seconds since the node started. */
  uptime(): number;
}

const certificate = process.env[CERTIFICATE_FOLDER];

/** Reads the authority's certificate for each connection, as it may be renewed. */
export function connectOver(folder: string | undefined, files: Files): Connect {
  return folder === undefined ? connectBy() : connectBy(() => files.read(`${folder}/${CERTIFICATE_FILES.authority}`));
}

/** The machine that this process runs on. */
export const thisHost: Host = {
  clock: monotonicClock,
  connect: connectOver(certificate, disk),
  files: disk,
  certificate,
  uptime: () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]),
};

/** The account of agents and of the replica. */
export const INTERNAL = 'internal';

/** Makes the connections of an agent: to the server beside it, and to the other one of the pair. */
export class Servers {
  public constructor(
    private readonly settings: ValkeyEngineConfig,
    private readonly pod: string,
    private readonly host: Host,
  ) {}

  public own(timeoutMs: number, whenClosed?: () => void): ValkeyServer {
    return this.at({ path: this.settings.socket }, timeoutMs, whenClosed);
  }

  public other(timeoutMs: number): ValkeyServer {
    const { slices, port } = this.settings;
    const host = Object.entries(slices).find(([name]) => name !== this.pod)?.[1] ?? '';
    return this.at({ host, port }, timeoutMs);
  }

  private at(at: Place, timeoutMs: number, whenClosed?: () => void) {
    const { files, clock, connect } = this.host;
    const folder = this.settings.accounts.find(({ user }) => user === INTERNAL)?.folder ?? '';
    const passwords = () => keysIn(folder, (path) => files.read(path));
    return new ValkeyServer(new ValkeyClient({ at, user: INTERNAL, passwords }, timeoutMs, whenClosed, clock, connect));
  }
}
