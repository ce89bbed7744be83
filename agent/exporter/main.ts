/**
 * Asks programs that tell their figures in a protocol of their own, and hands those to Prometheus, which calls
 * `/metrics?of=NAME` for each: NAME is a key of `asks` in config.json.
 */
import { readFileSync } from 'node:fs';
import { logTo, told } from '../log';
import { apacheFigures } from './apache';
import { certificateFigures } from './certificate';
import { placeOf } from './http';
import type { Place } from './http';
import { memcachedFigures } from './memcached';
import { nginxFigures } from './nginx';
import { Queries, queryFigures } from './queries';
import { serve } from './server';

/** How each kind is asked. */
const KINDS = {
  apache: apacheFigures,
  certificate: certificateFigures,
  memcached: memcachedFigures,
  nginx: nginxFigures,
  queries: (ask: Ask) => queryFigures(ask, process.env),
};

type Ask = { readonly kind: keyof typeof KINDS; readonly at?: string } & Place & Queries;

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
    return await KINDS[ask.kind]({ ...ask, ...(ask.at === undefined ? {} : placeOf(ask.at)) });
  } catch (error) {
    log('no figures', { of: name, because: told(error) });
    throw error;
  }
});
server.listen(config.port, () => log('started', { asks: Object.keys(config.asks).length }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
