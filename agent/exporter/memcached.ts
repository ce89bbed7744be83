import * as net from 'node:net';
import { TIMEOUT_MS } from './http';
import type { Place } from './http';

/** What memcached calls it, and what the memcached exporter that most dashboards know calls it. */
const NAMES: readonly (readonly [string, string])[] = [
  ['evictions', 'memcached_items_evicted_total'],
  ['get_hits', 'memcached_commands_total{command="get",status="hit"}'],
  ['get_misses', 'memcached_commands_total{command="get",status="miss"}'],
  ['cmd_set', 'memcached_commands_total{command="set",status="all"}'],
  ['curr_items', 'memcached_current_items'],
  ['bytes', 'memcached_current_bytes'],
  ['limit_maxbytes', 'memcached_limit_bytes'],
  ['curr_connections', 'memcached_current_connections'],
  ['max_connections', 'memcached_max_connections'],
  ['listen_disabled_num', 'memcached_connections_listener_disabled_total'],
  ['uptime', 'memcached_uptime_seconds'],
];

export async function memcachedFigures(server: Place): Promise<string> {
  const stats = new Map((await ask(server)).map(({ name, value }) => [name, value]));
  return NAMES.flatMap(([name, figure]) => {
    const value = stats.get(name);
    return value === undefined ? [] : [`${figure} ${value}\n`];
  }).join('');
}

function ask({ host, port }: Place): Promise<{ name: string; value: string }[]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(port, host, () => socket.write('stats\r\n'));
    const giveUp = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => giveUp(new Error(`${host}: no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!/^END\r\n/m.test(text)) return;
      resolve([...text.matchAll(/^STAT (\S+) (\S+)\r$/gm)].map(([, name, value]) => ({ name: name!, value: value! })));
      socket.end('quit\r\n');
    });
    socket.on('error', giveUp);
    socket.on('close', () => {
      clearTimeout(timer);
      giveUp(new Error(`${host}: it closed the connection before its answer was complete`));
    });
  });
}
