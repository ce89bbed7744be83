/** A server takes its copy with it. */
export const REPLICATION_USER = 'replication';
export const AGENT_USER = 'agent';
/** It reads everything, and writes nothing. */
export const BACKUP_USER = 'backup';
