import { fetched } from './http';
import type { Place } from './http';

/**
 * What `mod_status` tells, under the names of Prometheus' exporter of Apache. Its scoreboard has a place for each worker that
 * there may be.
 */
export async function apacheFigures(server: Place): Promise<string> {
  const text = await fetched(server, '/server-status?auto');
  const said = new Map([...text.matchAll(/^([\w ]+): (.+)$/gm)].map(([, name, value]) => [name, value ?? '']));
  const [busy, idle, places] = ['BusyWorkers', 'IdleWorkers', 'Scoreboard'].map((name) => said.get(name));
  if (!busy || !idle || !places) throw new Error(`${server.host}: its answer has no workers`);
  return (
    `apache_workers{state="busy"} ${busy}\napache_workers{state="idle"} ${idle}\napache_workers_most ${places.length}\n` +
    `apache_accesses_total ${said.get('Total Accesses') ?? 0}\n`
  );
}
