/** A dump, the binary logs since, and a restore that ends exactly at a chosen transaction, with Garage as the store. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apply, get, hasImage, kubectl, synth, until, withCluster } from './support';

const NAMESPACE = 'e2e-backup';
const GARAGE = 'docker.io/dxflrs/garage:v2.5.0';
const KEYS = { 'access-key': `GK${'a1'.repeat(12)}`, 'secret-key': 'b2'.repeat(32) };
const withGarage = hasImage(GARAGE) ? withCluster : describe.skip;
if (!hasImage(GARAGE)) process.stderr.write(`${GARAGE} is not on every node: the test of backups is skipped\n`);

async function applyObjects(items: object[]): Promise<void> {
  const file = join(tmpdir(), `objects-${process.pid}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await kubectl('apply', '-f', file);
}

function garage(): object[] {
  const metadata = { name: 'garage', namespace: NAMESPACE, labels: { app: 'garage' } };
  const config = [
    'metadata_dir = "/data/meta"',
    'data_dir = "/data/blobs"',
    'db_engine = "lmdb"',
    'replication_factor = 1',
    'rpc_bind_addr = "127.0.0.1:3901"',
    `rpc_secret = "${'11'.repeat(32)}"`,
    '[s3_api]',
    's3_region = "garage"',
    'api_bind_addr = "0.0.0.0:3900"',
  ].join('\n');
  const spec = {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'garage',
        image: GARAGE,
        command: ['/garage', 'server', '--single-node', '--default-bucket'],
        env: [
          { name: 'GARAGE_DEFAULT_ACCESS_KEY', value: KEYS['access-key'] },
          { name: 'GARAGE_DEFAULT_SECRET_KEY', value: KEYS['secret-key'] },
          { name: 'GARAGE_DEFAULT_BUCKET', value: 'backups' },
        ],
        volumeMounts: [
          { name: 'config', mountPath: '/etc/garage.toml', subPath: 'garage.toml' },
          { name: 'data', mountPath: '/data' },
        ],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
    volumes: [
      { name: 'config', configMap: { name: 'garage' } },
      { name: 'data', emptyDir: {} },
    ],
  };
  const ports = [{ port: 3900 }];
  const selector = { app: 'garage' };
  const policy = { podSelector: { matchLabels: selector }, ingress: [{ ports }] };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'garage.toml': config } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports } },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec: policy },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec },
  ];
}

/** Runs what a CronJob would, now, with more environment; returns what it said. */
async function run(cron: string, name: string, env: { name: string; value: string }[] = []): Promise<string> {
  const from = ['create', 'job', name, `--from=cronjob/${cron}`, '--dry-run=client', '-o', 'json'];
  const job = JSON.parse(await kubectl('-n', NAMESPACE, ...from));
  for (const each of [...(job.spec.template.spec.initContainers ?? []), ...job.spec.template.spec.containers])
    each.env = [...(each.env ?? []), ...env];
  job.metadata.namespace = NAMESPACE;
  await applyObjects([job]);
  const logs = () => kubectl('-n', NAMESPACE, 'logs', `job/${name}`, '--all-containers', '--prefix=false');
  const status = await until(`the end of ${name}`, async () => {
    const { conditions } = (await get('-n', NAMESPACE, 'job', name)).status;
    return conditions?.find(({ type }: { type: string }) => type === 'Complete' || type === 'Failed');
  });
  if (status.type === 'Failed') throw new Error(`${name} failed: ${await logs()}`);
  return logs();
}

async function sql(statement: string, pair = 'e2e-backup-db'): Promise<string> {
  const { metadata } = await get('-n', NAMESPACE, 'lease', pair);
  const script = `mysql --host=127.0.0.1 --user=e2e-backup --password="$(cat /secrets/e2e-backup/password)" --batch -N bench -e "${statement}"`;
  const pod = metadata.annotations['cdk8s-slices/pod'];
  return (await kubectl('-n', NAMESPACE, 'exec', pod, '-c', 'mysqld', '--', 'bash', '-c', script)).trim();
}

withGarage('a backup of a pair', () => {
  beforeAll(async () => {
    const dist = synth('e2e/sites/mysql-backup.ts');
    await kubectl('apply', '-f', join(dist, '0000-e2e-backup-site.k8s.yaml'));
    const keys = ['db', 'new'].map((pair) => {
      const metadata = { name: `e2e-backup-${pair}-backup`, namespace: NAMESPACE };
      return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: KEYS };
    });
    await applyObjects([...garage(), ...keys]);
    await apply(dist);
    await until(
      'a server that takes writes',
      () => sql('CREATE TABLE IF NOT EXISTS entries (id INT PRIMARY KEY)').then(() => true),
      400,
    );
  });

  afterAll(() => kubectl('delete', 'namespace', NAMESPACE, '--wait=false'));

  let point = '';

  test('is restored to its last transaction, and to any chosen one', async () => {
    await sql('INSERT INTO entries VALUES (1), (2), (3)');
    expect(await run('e2e-backup-db-dump', 'dump-now')).toContain('stored e2e-backup-db/dumps/');
    await sql('INSERT INTO entries VALUES (4)');
    const before = await sql('SELECT @@global.gtid_executed');
    await sql('INSERT INTO entries VALUES (5)');
    const after = await sql('SELECT @@global.gtid_executed');
    const chosen = await sql(`SELECT GTID_SUBTRACT('${after}', '${before}')`);
    expect(chosen).toMatch(/^[0-9a-f-]{36}:\d+$/);
    await sql('INSERT INTO entries VALUES (6), (7)');
    await sql('DELETE FROM entries WHERE id = 1');
    await run('e2e-backup-db-logs', 'logs-now');

    expect(await run('e2e-backup-db-restore-test', 'all')).toContain('bench.entries: 6 rows');
    const until = [{ name: 'RESTORE_UNTIL', value: chosen }];
    expect(await run('e2e-backup-db-restore-test', 'chosen', until)).toContain('bench.entries: 5 rows');
    point = chosen;
  });

  test('is what a new pair begins with, which ends at the chosen transaction and goes on from there', async () => {
    await apply(synth('e2e/sites/mysql-backup.ts', { RESTORE_UNTIL: point }));
    const pair = 'e2e-backup-new';
    const all = 'SELECT GROUP_CONCAT(id ORDER BY id) FROM entries';
    expect(await until('a server that was restored', () => sql(all, pair), 400)).toBe('1,2,3,4,5');
    // It blocks until the other server, which had nothing, is a copy of this one and acknowledges.
    await until('a replica', () => sql('REPLACE INTO entries VALUES (8)', pair).then(() => true), 400);
    expect(await sql(all, pair)).toBe('1,2,3,4,5,8');
  });
});
