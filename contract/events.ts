/** Reasons of the Events of an agent that another program looks for. */

/** A slice became the active one. */
export const TOOK_OVER = 'HeartbeatTookOver';

/** Nobody takes a free Lease. */
export const NOBODY_ACTIVE = 'HeartbeatNobodyActive';

/** A pod that Kubernetes evicted from a lost node was removed, so that another takes its place. */
export const EVICTION_ENDED = 'EvictionEnded';

/** A node answers nobody. Its pods have the same reason in their conditions. */
export const NODE_SILENT = 'NodeSilent';
