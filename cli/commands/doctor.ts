import { Command } from '../command';
import { Connection, connect } from '../connection';
import { Check, Findings, diagnose } from '../doctor';
import { codeOf } from '../errors';
import { CLUSTER, HELP, OUTPUT } from '../options';
import { columns, printed } from '../output';

export const doctor: Command = {
  name: 'doctor',
  summary: 'Say what the cluster lacks for a site',
  about: `Looks at what sites need of a cluster: versions, nodes, network policies, storage, addresses, the DNS cache and metrics. The exit code is
1 where something is lacking. It changes nothing.`,
  arguments: [],
  options: { ...CLUSTER, ...OUTPUT, ...HELP },
  examples: ['doctor', 'doctor --context=staging -o json'],
  async run(call) {
    const checks = diagnose(await findingsOf(await connect(call)));
    const rows = checks.map(({ name, state, says }) => [state, name, says]);
    call.streams.out(printed(call.text('output'), { data: checks, lines: columns(rows) }));
    return checks.some(({ state }: Check) => state === 'lacking') ? 1 : 0;
  },
};

async function findingsOf({ client, config }: Connection): Promise<Findings> {
  const core = config.makeApiClient(client.CoreV1Api);
  const apps = config.makeApiClient(client.AppsV1Api);
  const metrics = { group: 'metrics.k8s.io', version: 'v1beta1', plural: 'nodes' };
  const [version, nodes, daemonSets, storageClasses, services, hasMetrics] = await Promise.all([
    seen(async () => (await config.makeApiClient(client.VersionApi).getCode()).gitVersion),
    seen(async () => (await core.listNode()).items),
    seen(async () => (await apps.listDaemonSetForAllNamespaces()).items),
    seen(async () => (await config.makeApiClient(client.StorageV1Api).listStorageClass()).items),
    seen(async () => (await core.listServiceForAllNamespaces()).items),
    seen(async () => answers(config.makeApiClient(client.CustomObjectsApi).listClusterCustomObject(metrics))),
  ]);
  return { version, nodes, daemonSets, storageClasses, services, hasMetrics };
}

/** What is asked for, where one may see it. */
async function seen<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (codeOf(error) === 403) return undefined;
    throw error;
  }
}

/** Whether an API is there: without a server for it, it is not found or not available. */
async function answers(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (codeOf(error) === 404 || codeOf(error) === 503) return false;
    throw error;
  }
}
