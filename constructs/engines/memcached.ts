/**
 * What memcached needs beside its items, in MiB: 64 MiB for its hash table, threads and connections.
 *
 * Measured on memcached 1.6 with 4 threads: 3 MiB when idle, and 30 MiB more at 1,024 connections that each hold a
 * request; its hash table takes 8 bytes an item (`-o hashpower`), 8 MiB for the first million.
 */
const OVERHEAD = 64;

/** Below this there is less left for items than memcached takes for itself. */
export const LEAST_MEBIBYTES = 128;

/**
 * memcached's `-m`, in MiB: the RAM less what it takes beside its items, and less a tenth for the slack of its slabs,
 * which `-m` bounds by pages of 1 MiB and does not count to the byte.
 */
export function itemMemory(ram: number): number {
  return Math.floor((ram - OVERHEAD) * 0.9);
}

/**
 * memcached's `-c`: 1,024, its own default, for each GiB, at least that. Each connection takes about 30 KiB when it holds
 * a request.
 */
export function connectionLimit(ram: number): number {
  return Math.max(1024, Math.floor(ram));
}
