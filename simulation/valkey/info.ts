import type { ValkeyModel } from './server';

/** What `INFO` says, as far as agents read it. */
export function infoOf({ run, loading, leads, receiver, history, rewriting, rows }: ValkeyModel): string {
  const { source, linked, syncing } = receiver;
  const one = (holds: boolean) => (holds ? 1 : 0);
  const lines: [name: string, value: string | number][] = [
    ['run_id', run],
    ['loading', one(loading)],
    ['async_loading', 0],
    ['aof_enabled', 1],
    ['aof_rewrite_in_progress', one(rewriting)],
    ['aof_rewrite_scheduled', 0],
    ['aof_last_bgrewrite_status', 'ok'],
    ['aof_last_write_status', 'ok'],
    ['role', leads ? 'master' : 'slave'],
    ...(leads ? [] : sourceLines(source?.host ?? '', source?.port ?? 0, linked, syncing)),
    ['master_replid', history.id],
    ['master_replid2', history.before.history],
    ['master_repl_offset', history.offset],
    ['second_repl_offset', history.before.offset],
    ...(rows.length > 0 ? [['db0', `keys=${rows.length},expires=0,avg_ttl=0`] as [string, string]] : []),
  ];
  return lines.map(([name, value]) => `${name}:${value}\r\n`).join('');
}

function sourceLines(host: string, port: number, linked: boolean, syncing: boolean): [string, string | number][] {
  return [
    ['master_host', host],
    ['master_port', port],
    ['master_link_status', linked ? 'up' : 'down'],
    ['master_sync_in_progress', syncing ? 1 : 0],
  ];
}
