/** What `constructs/valkey/valkey-conf.ts` writes: `min-replicas-to-write` at the start, and `min-replicas-max-lag` in seconds. */
export const HELD_BY_ITSELF = 1_000;
export const MAX_LAG_S = 2;
