import { Duration, Size } from 'cdk8s';
import { CachePool, Egress, JobScaling, JobWorkers, Migration, WebTier, WebTierProps } from '../constructs';
import { find, newSite, ofKind, problems, synth } from './support';

const image = 'example.org/site:1';
const ram = Size.gibibytes(1);
const migrate = ['migrate'];

function tier(migration: Migration = {}, props: Partial<WebTierProps> = {}): WebTier {
  return new WebTier(newSite(), 'web', { ram, image, migrate, migration, ...props });
}

const jobOf = (web: WebTier) => ofKind(synth(web), 'Job')[0];
const commandOf = (web: WebTier) => jobOf(web).spec.template.spec.containers[0];
const WAITS = {
  name: 'SLICES_MIGRATED',
  valueFrom: { configMapKeyRef: { name: 'dfw-web-migrated', key: 'done' } },
};

test.each([
  [128, '256Mi'],
  [512, '256Mi'],
  [1024, '512Mi'],
  [16384, '8192Mi'],
])('of slices with %i MiB, it has %s', (mebibytes, memory) => {
  expect(commandOf(tier({}, { ram: Size.mebibytes(mebibytes) })).resources.limits.memory).toBe(memory);
});

test('its RAM, its time and its tries can be said', () => {
  const web = tier({ ram: Size.mebibytes(700), timeout: Duration.minutes(30), retries: 5 });
  expect(commandOf(web).resources.limits.memory).toBe('700Mi');
  expect(jobOf(web).spec).toMatchObject({ activeDeadlineSeconds: 1800, backoffLimit: 5 });
});

test('it goes on trying, for as long as it takes, where nothing is said', () => {
  const { spec } = jobOf(tier());
  expect(spec.backoffLimit).toBe(1000);
  expect(spec).not.toHaveProperty('activeDeadlineSeconds');
});

test('a change of a file that it does not read runs nothing again', () => {
  const files = (page: string, schema: string) => ({ '/srv/page.html': page, '/srv/schema.sql': schema });
  const nameOf = (page: string, schema: string, migration: Migration) =>
    jobOf(tier(migration, { files: files(page, schema) })).metadata.name;
  const only = { files: ['/srv/schema.sql'] };
  expect(nameOf('a', 's', only)).toBe(nameOf('b', 's', only));
  expect(nameOf('a', 's', only)).not.toBe(nameOf('a', 't', only));
  expect(nameOf('a', 's', {})).not.toBe(nameOf('b', 's', {}));
  const web = tier(only, { files: files('a', 's') });
  const mounts = commandOf(web).volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
  expect(mounts).toContain('/srv/schema.sql');
  expect(mounts).not.toContain('/srv/page.html');
});

test('slices take a variable that only its success gives a value, so that none starts before', () => {
  const web = tier();
  const objects = synth(web);
  expect(find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers[0].env).toContainEqual(WAITS);
  // `apply` leaves keys alone that no manifest ever had.
  expect(find(objects, 'ConfigMap', 'dfw-web-migrated')).not.toHaveProperty('data');
  const plain = new WebTier(newSite(), 'web', { ram, image });
  expect(JSON.stringify(synth(plain))).not.toContain('SLICES_MIGRATED');
});

test('only its last container has a token, sees how the command ended, and may write that ConfigMap alone', () => {
  const web = tier();
  const objects = synth(web);
  const { containers, volumes } = jobOf(web).spec.template.spec;
  const mounted = (each: { volumeMounts?: { name: string }[] }) =>
    each.volumeMounts?.some(({ name }) => name === 'token');
  expect(containers.map(mounted)).toEqual([false, true]);
  expect(volumes.at(-1)).toMatchObject({ name: 'token', projected: {} });
  expect(find(objects, 'Role', 'dfw-web-migrated').rules).toEqual([
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['dfw-web-migrated'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
  ]);
  expect(JSON.stringify(find(objects, 'Deployment', 'dfw-web'))).not.toContain('serviceAccountToken');
});

test('workers that need its tables wait too, on slices, scaled and by the clock, whichever was made first', () => {
  const site = newSite();
  const workers = new JobWorkers(site, 'jobs', {
    ram,
    image,
    workers: [
      { name: 'mail', command: ['mail'] },
      { name: 'import', command: ['import'], ram: Size.mebibytes(64), scale: JobScaling.cpu({ max: 2 }) },
      { name: 'nightly', command: ['nightly'], ram: Size.mebibytes(64), schedule: '1 2 * * *' },
    ],
  });
  new WebTier(site, 'web', { ram, image, migrate, migration: { before: [workers] } });
  const objects = synth(site);
  const pods = [
    find(objects, 'Deployment', 'dfw-jobs').spec.template,
    find(objects, 'Deployment', 'dfw-jobs-import').spec.template,
    find(objects, 'CronJob', 'dfw-jobs-nightly').spec.jobTemplate.spec.template,
  ];
  expect(pods.map(({ spec }) => spec.containers[0].env)).toEqual([[WAITS], [WAITS], [WAITS]]);
});

test('ways out of the cluster are open to the code and to what it makes first', () => {
  const objects = synth(tier({}, { egress: [Egress.https()] }));
  const open = (name: string) => find(objects, 'NetworkPolicy', name).spec;
  for (const name of ['dfw-web-to-outside', 'dfw-web-migrate-to-outside'])
    expect(open(name).egress.map(({ ports }: { ports: object[] }) => ports)).toContainEqual([
      { port: 443, protocol: 'TCP' },
    ]);
});

test.each<[string, Migration, string]>([
  [
    'no RAM',
    { ram: Size.mebibytes(0) },
    "'migration.ram' is 0 MiB: no program runs in less; write Size.mebibytes(16) or more",
  ],
  ['no time', { timeout: Duration.seconds(0) }, "'migration.timeout' is 0 s: write a second or more"],
  [
    'half a second',
    { timeout: Duration.millis(1500) },
    "'migration.timeout' is 1.5 s: write whole seconds, as Duration.seconds(2)",
  ],
  ...[-1, 1.5].map((retries): [string, Migration, string] => [
    `${retries} retries`,
    { retries },
    `'migration.retries' is ${retries}: write a whole number from 0 to 2147483647`,
  ]),
  [
    'a file that there is not',
    { files: ['/srv/schema.sql'] },
    "'migration.files' is '/srv/schema.sql': it is none of the tier's files; write a path of files",
  ],
])('%s is an error', (_, migration, message) => {
  expect(problems(tier(migration))).toEqual([`[dfw/web] ${message}`]);
});

test('options without a command, and workers of another site, are errors', () => {
  const other = new JobWorkers(newSite('ord'), 'jobs', { ram, image, workers: [{ name: 'a', command: ['a'] }] });
  const site = newSite();
  new CachePool(site, 'memc', { ram });
  new WebTier(site, 'web', { ram, image, migrate, migration: { before: [other] } });
  new WebTier(site, 'shop', { ram, image, migration: { retries: 3 } });
  expect(problems(site)).toEqual([
    "[dfw/web] 'migration.before' is 'ord/jobs': it belongs to another site; name a role of 'dfw'",
    "[dfw/shop] 'migration' is { retries }: there is nothing to run; write the command in migrate",
  ]);
});
