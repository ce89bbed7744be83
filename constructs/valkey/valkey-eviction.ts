/** The answer of a full `Valkey` to a write: its `maxmemory-policy`. */
export enum ValkeyEviction {
  /** Refuses the write (`OOM`). The only right one for queues, sessions and locks. */
  NONE = 'noeviction',

  /** Throws out the keys that were not used for the longest time. For a cache. */
  ALL_KEYS_LRU = 'allkeys-lru',

  /** Throws out the keys that are used least often. For a cache. */
  ALL_KEYS_LFU = 'allkeys-lfu',

  /** Throws out expiring keys that were not used for the longest time. For a cache beside data that stay. */
  EXPIRING_LRU = 'volatile-lru',

  /** Throws out expiring keys, the next to expire first. */
  EXPIRING_SOONEST = 'volatile-ttl',
}
