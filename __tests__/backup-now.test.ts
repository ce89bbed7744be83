import { Size, Testing } from 'cdk8s';
import { Manifest } from '../cli/manifests';
import { emptyPair, restorationOf } from '../cli/restore';
import { TaskCluster, cronJobOf, runNow } from '../cli/task';
import { Durability, MySQLBackup, ReplicatedMySQL, Site } from '../constructs';
import { synth } from './support';

const STORE = { endpoint: 'https://s3.example.org', bucket: 'backups' };

function siteWith(restoreFrom?: { folder: string; until?: string }): Site {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org' });
  const begin = restoreFrom && { restoreFrom: { ...STORE, ...restoreFrom } };
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.mebibytes(512),
    durability: Durability.PREFERRED,
    databases: ['forum'],
    ...begin,
  });
  new MySQLBackup(site, 'backup', { database, ...STORE, folder: 'new' });
  return site;
}

const cronJobs = () => synth(siteWith()).filter(({ kind }) => kind === 'CronJob');

describe('the CronJob of a backup', () => {
  test('is found by its task, and by the role where there are more', () => {
    expect(cronJobOf(cronJobs(), 'dump').metadata?.name).toBe('dfw-db-dump');
    expect(cronJobOf(cronJobs(), 'restore-test', 'db', 'dfw').metadata?.name).toBe('dfw-db-restore-test');
    const two = [...cronJobs(), ...synth(siteWith()).filter(({ kind }) => kind === 'CronJob')];
    expect(() => cronJobOf(two, 'dump')).toThrow('there is more than one: write one of db dfw, db dfw');
  });

  test('that is nowhere names those that there are', () => {
    expect(() => cronJobOf(cronJobs(), 'dump', 'users')).toThrow('the cluster has no such backup; write one of db dfw');
    expect(() => cronJobOf([], 'dump')).toThrow('the cluster has no such backup; it has none');
  });
});

const JOB = 'dfw-db-dump-0';
const pod = (status: object) => ({
  metadata: { namespace: 'dfw', name: `${JOB}-x`, labels: { 'batch.kubernetes.io/job-name': JOB } },
  spec: { containers: [{ name: 'mysqldump' }, { name: 'store' }] },
  status,
});
const ended = {
  containerStatuses: [{ name: 'store', ready: false, state: { terminated: { exitCode: 1, reason: 'Error' } } }],
};

/** Runs a task on a cluster that is in one state after the other, and stays in the last. */
async function ran(...moments: { job: object; pods?: object[] }[]) {
  const said: string[] = [];
  const made: string[] = [];
  let [at, now] = [0, 0];
  const moment = () => moments[Math.min(at, moments.length - 1)]!;
  const cluster = {
    create: async (_: object, name: string, env: { name: string }[]) =>
      void made.push(name, ...env.map((each) => each.name)),
    job: async () => ({ metadata: { namespace: 'dfw', name: JOB }, ...moment().job }),
    pods: async () => moment().pods ?? [],
    log: async (_: string, __: string, container: string) =>
      container === 'store' ? 'stored dfw-db/dumps/1' : undefined,
    pause: async () => {
      at++;
      now += 2000;
    },
    now: () => now,
  } as unknown as TaskCluster;
  const options = { env: [{ name: 'RESTORE_UNTIL', value: 'x' }], result: /^stored /, seconds: 10 };
  const result = await runNow(cronJobOf(cronJobs(), 'dump'), cluster, options, (line) => said.push(line)).catch(
    (error: Error) => error.message,
  );
  return { result, said, made };
}

describe('a task that is run now', () => {
  test('is waited for, and says what it said last', async () => {
    const complete = { job: { status: { conditions: [{ type: 'Complete', status: 'True' }] } }, pods: [pod({})] };
    expect(await ran({ job: {} }, { job: {} }, complete)).toEqual({
      result: ['stored dfw-db/dumps/1'],
      said: [`${JOB}: the Job is not done`],
      made: [JOB, 'RESTORE_UNTIL'],
    });
  });

  test('that fails for good says how its last pod ended', async () => {
    const failed = {
      status: { failed: 3, conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
    };
    expect((await ran({ job: failed, pods: [pod(ended)] })).result).toBe(
      `${JOB}: the Job has failed for good (BackoffLimitExceeded): store ended with exit code 1; it has failed 3 times; ` +
        'it said last: stored dfw-db/dumps/1',
    );
  });

  test('is not waited for longer than it is told', async () => {
    expect((await ran({ job: {} })).result).toBe(`${JOB}: the Job is not done, after 10 s`);
  });
});

describe('a restoration', () => {
  const manifests = (from?: { folder: string; until?: string }) => synth(siteWith(from)) as Manifest[];

  test('is of the pair that begins with a backup, and says which', () => {
    const { role, name, claims, from } = restorationOf(manifests({ folder: 'dfw-db', until: '2026-11-24T19:00:00Z' }));
    expect({ role, name, claims, from }).toEqual({
      role: 'db',
      name: 'dfw-db',
      claims: ['data-dfw-db-1', 'data-dfw-db-2'],
      from: 'https://s3.example.org, backups/dfw-db, until 2026-11-24T19:00:00Z',
    });
  });

  test('of a pair that begins with nothing is an error', () => {
    expect(() => restorationOf(manifests(), 'db')).toThrow(
      "no pair 'db' of the manifests begins with a backup: write restoreFrom into its ReplicatedMySQL",
    );
  });

  test('stops the slices before it deletes their volumes and the Lease', async () => {
    const done: string[] = [];
    await emptyPair(restorationOf(manifests({ folder: 'dfw-db' })), async (...args) => {
      done.push(args.filter((each) => !each.startsWith('--selector')).join(' '));
      return '';
    });
    expect(done).toEqual([
      'scale statefulset dfw-db --replicas=0 --namespace=dfw',
      'wait pod --for=delete --timeout=10m --namespace=dfw',
      'delete persistentvolumeclaim data-dfw-db-1 data-dfw-db-2 --ignore-not-found --namespace=dfw',
      'delete lease dfw-db --ignore-not-found --namespace=dfw',
    ]);
  });
});
