import type { CronJobTarget } from '../../contract/exporter-config';
import type { Kube } from '../kube';

/** When it last succeeded, or since when it is there where it never has. */
export async function cronJobFigures(kube: Kube, { namespace, name }: CronJobTarget): Promise<string> {
  const { status, metadata } = (await kube.call('GET', `/apis/batch/v1/namespaces/${namespace}/cronjobs/${name}`)) as {
    readonly status?: { readonly lastSuccessfulTime?: string };
    readonly metadata?: { readonly creationTimestamp?: string };
  };
  const at = Date.parse(status?.lastSuccessfulTime ?? metadata?.creationTimestamp ?? '');
  if (Number.isNaN(at)) throw new Error(`${namespace}/${name}: the API server does not say when it succeeded`);
  return `cron_job_succeeded_seconds ${at / 1000}\n`;
}
