/**
 * Asks programs that tell their figures in a protocol of their own, and hands those to Prometheus, which calls
 * `/metrics?of=NAME` for each: NAME is a key of `targets` in config.json.
 */
import { readFileSync } from 'node:fs';
import { CONFIG_FILE } from '../../contract/agent-files';
import { parseExporterConfig } from '../../contract/exporter-config';
import type { ExporterTarget, ServerTarget } from '../../contract/exporter-config';
import { kubeOfPod } from '../in-cluster';
import { logTo, told } from '../log';
import { apacheFigures } from './apache';
import { certificateFigures, mailCertificateFigures } from './certificate';
import { cronJobFigures } from './cron-job';
import { TIMEOUT_MS, placeOf } from './http';
import type { Place } from './http';
import { memcachedFigures } from './memcached';
import { nginxFigures } from './nginx';
import { queryFigures } from './queries';
import { redisListFigures } from './redis-lists';
import { serve } from './server';

const kube = kubeOfPod(TIMEOUT_MS);

async function figuresOf(target: ExporterTarget, at: string | undefined): Promise<string> {
  switch (target.kind) {
    case 'cron-job':
      return cronJobFigures(kube, target);
    case 'queries':
      return queryFigures(target, process.env);
    case 'redis-lists':
      return redisListFigures(target, process.env);
    default:
      return SERVERS[target.kind](placeOf(target, at));
  }
}

const SERVERS: Record<ServerTarget['kind'], (place: Place) => Promise<string>> = {
  apache: apacheFigures,
  certificate: certificateFigures,
  'mail-certificate': mailCertificateFigures,
  memcached: memcachedFigures,
  nginx: nginxFigures,
};

const config = parseExporterConfig(readFileSync(`${__dirname}/${CONFIG_FILE}`, 'utf8'));
const log = logTo((line) => void process.stdout.write(line), process.env['HOSTNAME'] ?? '');

const server = serve(async (name, at) => {
  const target = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (!target) return undefined;
  try {
    return await figuresOf(target, at);
  } catch (error) {
    log('no figures', { of: name, at, because: told(error) });
    throw error;
  }
});
server.listen(config.port, () => log('started', { targets: Object.keys(config.targets).length }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
