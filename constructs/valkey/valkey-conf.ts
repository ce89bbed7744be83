/** valkey-server 8.1 with nothing in it, and its scripts' shell, in MiB: 9 measured, and room for the allocator. */
const IDLE = 16;

/** Below this there is no room for data: the agent takes 48 MiB, and the server itself and its buffers half of the rest. */
export const LEAST_MEBIBYTES = 128;

/** More clients are not of use to a site of this size. */
const MOST_CLIENTS = 10_000;

/** Connections beside those of programs: of the agents, of the replica, and of Admin. */
export const OWN_CLIENTS = 16;

/** `maxclients` for programs: two for each MiB. A client at rest takes 2 KiB, and one at work some 20 (Valkey's `maxclients` is 10,000 at most). */
export function clientLimit(mebibytes: number): number {
  return Math.min(MOST_CLIENTS - OWN_CLIENTS, Math.max(128, 2 * Math.floor(mebibytes)));
}

/** `maxmemory-clients`, in MiB: beyond it the clients with the largest buffers are closed. */
export function clientMemory(mebibytes: number): number {
  return Math.max(8, Math.floor(mebibytes / 16));
}

/**
 * `repl-backlog-size`, in MiB: what a replica can catch up on without a copy of all data. The replica's own buffer is the same memory until it
 * is larger.
 */
export function backlog(mebibytes: number): number {
  return Math.max(4, Math.floor(mebibytes / 32));
}

/** The limit of what waits for a replica, in MiB: a replica further behind is disconnected, and takes a copy of all data. */
export function replicaBuffer(mebibytes: number): number {
  return 2 * backlog(mebibytes);
}

/**
 * `maxmemory`, in MiB: half of what the server itself, its clients and the replica's buffer leave.
 *
 * The other half is for a child that writes the log anew, or a copy for the replica: each page that is changed meanwhile is there twice.
 * Valkey's own advice for a server that is written to is the same (redis.io/docs, "Memory optimization": "up to 2 times the memory
 * normally used").
 */
export function maxMemory(mebibytes: number): number {
  const left = mebibytes - IDLE - clientMemory(mebibytes) - replicaBuffer(mebibytes);
  return Math.max(1, Math.floor(left / 2));
}

/** The smallest volume, in MiB: the log, as large again before it is written anew, both while it is, and a copy for the replica. */
export function leastStorage(mebibytes: number): number {
  return 256 + 5 * maxMemory(mebibytes);
}

export const PORT = 6379;
/** The port of connections by TLS. */
export const TLS_PORT = 6380;
export const DATA = '/data';
export const RUN = '/run/valkey';
/** The folder in which the agent says what this server is: `active-until` and `ready`. */
export const FENCE = `${RUN}/agent`;
/** The passwords of the accounts for a server and its agent, each in a folder with its user's name. */
export const SECRETS = '/secrets';
export const SETTINGS = '/etc/slices';
/** The user that valkey-server runs as in the public image. */
export const USER = 999;
/** A directive of the configuration and its value. */
export type Line = (string | number)[];

/** Connections by TLS: of programs by the name that they verify, and between the servers, which verify each other. */
export function tlsLines(
  files: { readonly certificate: string; readonly key: string; readonly authority: string },
  required: boolean,
  port = TLS_PORT,
): Line[] {
  return [
    ...(required ? [['port', 0]] : []),
    ['tls-port', port],
    ['tls-cert-file', files.certificate],
    ['tls-key-file', files.key],
    ['tls-ca-cert-file', files.authority],
    // Programs have a password, and no certificate.
    ['tls-auth-clients', 'no'],
    ['tls-replication', 'yes'],
  ];
}

/** Settings of `ValkeyConf` that a test has elsewhere. */
export interface Places {
  readonly port: number;
  readonly data: string;
  readonly run: string;
}

/** The configuration of a server that has so much RAM, in MiB, and so evicts keys. */
export function valkeyConf(
  mebibytes: number,
  eviction: string,
  more: Line[] = [],
  { port, data, run }: Places = { port: PORT, data: DATA, run: RUN },
): string {
  const buffer = `${replicaBuffer(mebibytes)}mb`;
  const lines = [
    ['bind', '* -::*'],
    ['port', port],
    ['protected-mode', 'no'],
    ['unixsocket', `${run}/valkey.sock`],
    ['unixsocketperm', '770'],
    ['aclfile', `${run}/users.acl`],
    ['dir', `${data}/data`],
    ['maxclients', clientLimit(mebibytes) + OWN_CLIENTS],
    ['maxmemory', `${maxMemory(mebibytes)}mb`],
    ['maxmemory-clients', `${clientMemory(mebibytes)}mb`],
    ['maxmemory-policy', eviction],
    ['repl-backlog-size', `${backlog(mebibytes)}mb`],
    ['client-output-buffer-limit', `replica ${buffer} ${buffer} 0`],
    ...LOG,
    ...REPLICATION,
    ...more,
  ];
  return lines.map((line) => `${line.join(' ')}\n`).join('');
}

/** A write is on the disk before it is acknowledged. `save ""`: the log has everything, and a snapshot beside it nothing more. */
const LOG = [
  ['appendonly', 'yes'],
  ['appendfsync', 'always'],
  ['no-appendfsync-on-rewrite', 'no'],
  ['save', '""'],
];

/**
 * A server starts as a replica of nobody and refuses writes: its agent tells it what to be. A primary that names a replica in the Lease
 * refuses writes once that one has not been heard of for 2 s (`min-replicas-max-lag`, in whole seconds, as a replica says each second how
 * far it is); the agent sets `min-replicas-to-write`.
 */
const REPLICATION = [
  ['replicaof', '127.0.0.1 1'],
  ['primaryuser', 'internal'],
  ['min-replicas-to-write', 1000],
  ['min-replicas-max-lag', 2],
  ['repl-diskless-sync-delay', 0],
  ['repl-ping-replica-period', 1],
  ['repl-timeout', 30],
];
