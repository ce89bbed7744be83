import * as fs from 'node:fs';
import type { Clock } from '../clock';
import { monotonicClock } from '../clock';
import { disk } from '../files';
import type { Files } from '../files';
import { MySqlClient } from './client';
import type { Address, Connection } from './client';

/** Makes a connection to a server and logs in. */
export type Connect = (address: Address) => Promise<Connection>;

export const connectToServer: Connect = (address) => MySqlClient.connect(address);

/** Everything outside the process that an agent of MySQL uses, so that tests can replace it. */
export interface Host {
  readonly clock: Clock;
  readonly connect: Connect;
  readonly files: Files;
  /** The run of the node: another one after each start of the machine. */
  boot(): string;
  /** Seconds since the node started. */
  uptime(): number;
}

/** The machine that this process runs on. */
export const thisHost: Host = {
  clock: monotonicClock,
  connect: connectToServer,
  files: disk,
  boot: () => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  uptime: () => Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]),
};
