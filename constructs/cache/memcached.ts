/** memcached with nothing in it, in MiB: 2 measured, and room for the allocator. */
const IDLE = 8;

/** Read and response buffers that memcached may hold for each connection, in KiB, so that clients cannot make it grow. */
const BUFFERS = 32;

/**
 * The share of the rest that is for items. Each item has a bucket of 8 bytes in the hash table. The table doubles when there are 1.5 items
 * for each bucket, and keeps the old half while it does. At worst that is 16 bytes for an item, and the least item has 96. So 0.85 × (1 +
 * 16 / 96) stays below 1.
 */
const ITEMS = 0.85;

/** Below this memcached leaves less for items than it takes for itself. */
export const LEAST_MEBIBYTES = 128;

/**
 * memcached's `-m`, in MiB: the RAM that its own needs and its connections' buffers leave, less the hash table.
 *
 * Filled with its smallest items, and with all connections busy, it stayed below its RAM (docs/cache-pool.md).
 */
export function itemMemory(ram: number): number {
  return Math.floor((ram - IDLE - bufferMemory(ram)) * ITEMS);
}

/**
 * The unit that `-I` has to be a multiple of, in KiB: `slab_chunk_max`, half of a page of 1 MiB. With another number, with more than half
 * of `-m`, or with more than a GiB memcached 1.6 ends at once.
 */
export const ITEM_STEP = 512;

/** The largest `-I`, in KiB. */
export function largestItemLimit(ram: number): number {
  const steps = Math.floor((itemMemory(Math.max(ram, LEAST_MEBIBYTES)) * 1024) / 2 / ITEM_STEP);
  return Math.min(1024 * 1024, steps * ITEM_STEP);
}

/** The most connections that a server takes. */
export const MOST_CONNECTIONS = 4096;

/**
 * memcached's `-c`: 1,024, its own default, for each GiB; at least that, and 4,096 at most, which is 16 web slices of 256
 * workers.
 */
export function connectionLimit(ram: number): number {
  return Math.min(MOST_CONNECTIONS, Math.max(1024, Math.floor(ram)));
}

/**
 * memcached's `read_buf_mem_limit`, in MiB. Without it, 1,019 connections that each asked for 200 keys and read no answer made a server of
 * 128 MiB run out of memory. With it, such clients get errors.
 */
export function bufferMemory(ram: number): number {
  return Math.ceil((connectionLimit(ram) * BUFFERS) / 1024);
}

/** Seconds in which a server fills again. */
const FILL_SECONDS = 300;

/**
 * Seconds after which the next server is emptied: when the one before has had time to fill, or, among many, when at most a tenth of all is
 * filling. One after the other with the whole time between them, 99 took 8 hours; now they take an hour.
 */
export function fillSeconds(servers: number): number {
  return servers < 20 ? FILL_SECONDS : Math.ceil((10 * FILL_SECONDS) / servers);
}
