import { setTimeout as sleep } from 'node:timers/promises';
import type { V1CronJob, V1Job } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { applyFolder, applyObjects, kubectl, synthesized } from '../apply';
import { Scope, clusterOf } from '../cluster';
import { Call, Command, UsageError } from '../command';
import { Connection, announce, connect } from '../connection';
import { readManifests } from '../manifests';
import { CHANGES, CLUSTER, HELP, NAMESPACES } from '../options';
import { patient, patiently } from '../patience';
import { output } from '../programs';
import { emptyPair, restorationOf } from '../restore';
import { makeSecrets } from '../secrets';
import { OF_SITE } from '../slices';
import { TaskCluster, cronJobOf, runNow } from '../task';
import { sitesOf, waitForSites } from '../up';
import { clusterOfSite, secretStore } from './connected';
import { secondsOf } from './up';

const PAUSE = 2000;
/** Results of the tasks, between what MySQL's programs write. */
const STORED = /^(stored|the archive) /;
const RESTORED = /: \d+ rows$|^restored: /;
const TIMEOUT = {
  timeout: { type: 'string', value: 'TIME', help: 'How long to wait, such as 15m (default 1h).' },
} as const;

export const backup: Command = {
  name: 'backup',
  summary: 'Back a database up now, or test that its backup can be restored',
  about: `'backup now' stores a dump of the database and the binary logs since, as the CronJobs of its MySQLBackup do by the clock. 'backup test'
restores the newest backup into a scratch server and counts the rows of every table; --until ends it at a time or transaction, so that
a point can be tried without harm. ROLE is the database's; it can be left out where there is one backup. Each waits for the end.`,
  arguments: [{ name: 'ACTION', required: true, choices: ['now', 'test'] }, { name: 'ROLE' }, { name: 'SITE' }],
  options: {
    ...NAMESPACES,
    until: { type: 'string', value: 'POINT', help: 'With test: 2026-11-24T19:00:00Z, or a transaction, UUID:NUMBER.' },
    ...TIMEOUT,
    ...CHANGES,
    ...HELP,
  },
  examples: ['backup now', 'backup test db --until 2026-11-24T19:00:00Z'],
  async run(call) {
    const [action, role, site] = call.args;
    const until = call.text('until');
    if (until !== undefined && action !== 'test') throw new UsageError('--until is for backup test');
    const seconds = secondsOf(call.text('timeout') ?? '1h');
    const connection = await connect(call);
    const all = await cronJobsOf(call, connection);
    const tasks = (action === 'now' ? ['dump', 'logs'] : ['restore-test']).map((task) =>
      cronJobOf(all, task, role, site),
    );
    announce(call, connection);
    for (const { metadata } of tasks)
      call.say(`${call.isDryRun ? 'would run' : 'runs'} ${metadata?.namespace}/${metadata?.name}`);
    if (call.isDryRun) return;
    await call.confirm('run it now?');
    const cluster = taskCluster(connection, call);
    const env = until === undefined ? [] : [{ name: 'RESTORE_UNTIL', value: until }];
    const result = action === 'now' ? STORED : RESTORED;
    for (const task of tasks)
      for (const line of await runNow(task, cluster, { env, result, seconds }, call.note)) call.say(line);
  },
};

async function cronJobsOf(call: Call, { client, config, namespace: own }: Connection): Promise<V1CronJob[]> {
  const batch = config.makeApiClient(client.BatchV1Api);
  return new Scope(call.texts('namespace'), own, call.note).list(
    () => batch.listCronJobForAllNamespaces({ labelSelector: OF_SITE }),
    (namespace) => batch.listNamespacedCronJob({ namespace, labelSelector: OF_SITE }),
  );
}

function taskCluster(connection: Connection, call: Call): TaskCluster {
  const { config, client, kubectl: options } = connection;
  const [core, batch] = [config.makeApiClient(client.CoreV1Api), config.makeApiClient(client.BatchV1Api)];
  const seen = clusterOf(connection, [], call.note);
  return {
    create: async ({ metadata }, name, env) => {
      const namespace = metadata?.namespace ?? '';
      const from = ['create', 'job', name, `--from=cronjob/${metadata?.name}`, `--namespace=${namespace}`];
      const job = JSON.parse(await output(kubectl(options), [...from, '--dry-run=client', '--output=json'])) as V1Job;
      const { containers = [], initContainers = [] } = job.spec?.template.spec ?? {};
      for (const each of [...initContainers, ...containers]) each.env = [...(each.env ?? []), ...env];
      job.metadata = Object.assign(job.metadata ?? {}, { namespace });
      await applyObjects(options, [job]);
    },
    job: patiently((namespace: string, name: string) => batch.readNamespacedJob({ namespace, name })),
    pods: patiently(
      async (namespace: string) =>
        (await core.listNamespacedPod({ namespace, labelSelector: 'batch.kubernetes.io/job-name' })).items,
    ),
    log: (namespace, pod, container, lines) => seen.log({ namespace, pod, container, lines }),
    pause: () => sleep(PAUSE),
    now: () => Date.now(),
  };
}

export const restore: Command = {
  name: 'restore',
  summary: 'Empty a pair of databases, and begin it anew with a backup',
  about: `Begins a pair anew with the backup that restoreFrom names in the site's ReplicatedMySQL. It stops the pair's slices, deletes their volumes
and the Lease, applies the site, and waits until the pair is ready. Everything that is not in the backup is lost, so it says what it
deletes, and asks. Try the point first, by 'backup test --until'. SOURCE is that of 'up'.`,
  arguments: [{ name: 'ROLE', required: true }, { name: 'SOURCE' }],
  options: { ...CLUSTER, ...TIMEOUT, ...CHANGES, ...HELP },
  examples: ['restore db', 'restore db main.ts -y'],
  async run(call) {
    const [role, source] = call.args;
    const seconds = secondsOf(call.text('timeout') ?? '1h');
    const folder = await synthesized(source);
    const manifests = readManifests(folder);
    const plan = restorationOf(manifests, role);
    const connection = await connect(call);
    announce(call, connection);
    const run = (...args: string[]) => output(kubectl(connection.kubectl), args);
    await run('get', 'statefulset', plan.name, `--namespace=${plan.namespace}`, '--output=name');
    call.say(`${plan.name} stops; its volumes are deleted with all data in them: ${plan.claims.join(', ')}`);
    call.say(`it begins anew with the backup at ${plan.from}`);
    if (call.isDryRun) return;
    if (!call.has('yes') && !call.streams.ask) throw new Error(`write -y to delete the data of ${plan.name}`);
    await call.confirm(`delete the data of ${plan.name}?`);
    await emptyPair(plan, run);
    call.say(`${plan.name} is empty`);
    await makeSecrets(manifests, secretStore(call, connection), () => {});
    call.say(await applyFolder(folder, connection.kubectl));
    await waitForSites(patient(clusterOfSite(call, connection, manifests)), sitesOf(manifests), seconds, call.say);
    call.say(`${plan.name} is restored: take restoreFrom out of its properties now, and apply`);
  },
};
