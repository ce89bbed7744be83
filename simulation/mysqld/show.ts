import type { Row } from '../../agent/mysql/client';
import type { Variables } from './expression';
import type { Mysqld } from './server';

const bit = (on: boolean) => (on ? '1' : '0');
const word = (on: boolean) => (on ? 'ON' : 'OFF');

export function variablesOf(server: Mysqld): Variables {
  const { volume, lock, semiSync } = server;
  const values: Record<string, () => string> = {
    server_uuid: () => volume.uuid,
    gtid_executed: () => volume.executed.toString(),
    gtid_purged: () => volume.purged.toString(),
    super_read_only: () => bit(lock.shownSuper),
    read_only: () => bit(lock.readOnly),
    offline_mode: () => bit(server.offline),
    rpl_semi_sync_source_enabled: () => bit(semiSync.enabled),
    rpl_semi_sync_source_timeout: () => String(semiSync.timeoutMs),
    max_connections: () => '100',
  };
  return (name) => values[name.toLowerCase()]?.();
}

export function showStatus({ semiSync, links }: Mysqld, start: string): Row[] {
  const values: Record<string, string> = {
    Rpl_semi_sync_source_clients: String(links.size),
    Rpl_semi_sync_source_no_tx: String(semiSync.no),
    Rpl_semi_sync_source_status: word(semiSync.enabled && semiSync.on),
    Rpl_semi_sync_source_wait_sessions: String(semiSync.waiting),
    Rpl_semi_sync_source_yes_tx: String(semiSync.yes),
  };
  return Object.entries(values)
    .filter(([name]) => name.startsWith(start))
    .map(([name, value]) => ({ Variable_name: name, Value: value }));
}

export function showReplicaStatus({ volume, receiver, applier, random }: Mysqld): Row[] {
  if (!volume.source) return [];
  const follows = receiver.state === 'Yes' && applier.running;
  return [
    {
      Source_Host: volume.source.host,
      Replica_IO_Running: receiver.state,
      Replica_SQL_Running: applier.running ? 'Yes' : 'No',
      Retrieved_Gtid_Set: volume.retrieved.toString(),
      // A guess of the real one, too.
      Seconds_Behind_Source: follows ? String(volume.relay.length > 0 ? Math.floor(random.between(0, 3)) : 0) : null,
      Last_SQL_Error: applier.error,
      Last_IO_Error: receiver.error,
    },
  ];
}

export function showReplicas({ links }: Mysqld): Row[] {
  return [...links].map(({ replicaUuid }) => ({ Replica_UUID: replicaUuid }));
}
