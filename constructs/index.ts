export * from './blob-engine';
export * from './blob-store';
export * from './cache-pool';
export * from './failover';
export * from './heartbeat';
export * from './role';
export * from './site';
export * from './slice';
