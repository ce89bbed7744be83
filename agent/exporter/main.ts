/**
 * Asks programs that tell their figures in a protocol of their own, and hands those to Prometheus, which calls
 * `/metrics?of=NAME` for each: NAME is a key of `asks` in config.json.
 */
import { readFileSync } from 'node:fs';
import { logTo, told } from '../log';
import { memcachedFigures } from './memcached';
import { Queries, queryFigures } from './queries';
import { serve } from './server';

type Ask =
  | { readonly kind: 'memcached'; readonly host: string; readonly port: number }
  | ({ readonly kind: 'queries' } & Queries);

interface Config {
  readonly port: number;
  readonly asks: Readonly<Record<string, Ask>>;
}

const config = JSON.parse(readFileSync(`${__dirname}/config.json`, 'utf8')) as Config;
const log = logTo((line) => void process.stdout.write(line), process.env['HOSTNAME'] ?? '');

const server = serve(async (name) => {
  const ask = config.asks[name];
  if (!ask) return undefined;
  try {
    return await (ask.kind === 'memcached' ? memcachedFigures(ask) : queryFigures(ask, process.env));
  } catch (error) {
    log('no figures', { of: name, because: told(error) });
    throw error;
  }
});
server.listen(config.port, () => log('started', { asks: Object.keys(config.asks).length }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
