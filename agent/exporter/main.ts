/**
 * Asks programs that tell their figures in a protocol of their own, and hands those to Prometheus, which calls
 * `/metrics?of=NAME` for each: NAME is a key of `asks` in config.json.
 */
import { readFileSync } from 'node:fs';
import { monotonicClock } from '../clock';
import { Kube } from '../kube';
import { logTo, told } from '../log';
import { apacheFigures } from './apache';
import { certificateFigures, mailCertificateFigures } from './certificate';
import { CronJob, cronJobFigures } from './cron-job';
import { TIMEOUT_MS, placeOf } from './http';
import type { Place } from './http';
import { memcachedFigures } from './memcached';
import { nginxFigures } from './nginx';
import { Queries, queryFigures } from './queries';
import { serve } from './server';

const kube = new Kube({
  host: process.env['KUBERNETES_SERVICE_HOST'] ?? 'kubernetes.default.svc',
  port: Number(process.env['KUBERNETES_SERVICE_PORT'] ?? 443),
  credentials: '/var/run/secrets/kubernetes.io/serviceaccount',
  timeoutMs: TIMEOUT_MS,
  clock: monotonicClock,
});

/** How each kind is asked. */
const KINDS = {
  apache: apacheFigures,
  certificate: certificateFigures,
  'cron-job': (ask: Ask) => cronJobFigures(kube, ask),
  'mail-certificate': mailCertificateFigures,
  memcached: memcachedFigures,
  nginx: nginxFigures,
  queries: (ask: Ask) => queryFigures(ask, process.env),
};

type Ask = { readonly kind: keyof typeof KINDS; readonly at?: string } & Place & Queries & CronJob;

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
