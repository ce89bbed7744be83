export * from './cache-pool';
export * from './role';
export * from './site';
export * from './slice';
