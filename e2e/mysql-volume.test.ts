/** A pair whose disks fill up while it is written to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SmallDisk } from './small-disk';
import { bringUp, get, kubectl, ready, removeNamespaces, until, withCluster } from './support';

const SITE = 'e2e/sites/mysql.ts';
const NAMESPACE = 'e2e-volume';
const SET = `${NAMESPACE}-db`;
const PODS = [`${SET}-1`, `${SET}-2`];
/** What one statement writes, in MiB: as much again goes to the binary log. */
const ROW = 4;

const onThisMachine = process.env['CLUSTER'] ? withCluster : describe.skip;
if (!process.env['CLUSTER']) process.stderr.write('CLUSTER is not set: a full disk is not tried\n');

async function sql(pod: string, statement: string): Promise<string> {
  const { data } = await get('-n', NAMESPACE, 'secret', SET);
  const password = Buffer.from(data['password'], 'base64').toString();
  const client = ['mysql', '--host=127.0.0.1', `--user=${NAMESPACE}`, `--password=${password}`, '--batch', '-N'];
  return (
    await kubectl('-n', NAMESPACE, 'exec', pod, '-c', 'mysqld', '--', ...client, 'bench', '-e', statement)
  ).trim();
}

const primary = async (): Promise<string> =>
  (await get('-n', NAMESPACE, 'lease', SET)).metadata.annotations['cdk8s-slices/pod'];
const write = async (id: number) =>
  sql(await primary(), `INSERT INTO rows_written VALUES (${id}, REPEAT(UUID(), ${Math.floor((ROW << 20) / 36)}))`);
const rows = (pod: string) => sql(pod, 'SELECT COUNT(*) FROM rows_written').then(Number);

async function told(reason: string): Promise<boolean> {
  return (await get('-n', NAMESPACE, 'events', `--field-selector=reason=${reason}`)).items.length > 0;
}

async function restarts(): Promise<number[]> {
  const pods = await Promise.all(PODS.map((pod) => get('-n', NAMESPACE, 'pod', pod)));
  return pods.map(({ status }) => status.containerStatuses[0].restartCount);
}

onThisMachine('a pair on disks with 900 MiB of room', () => {
  const disks: SmallDisk[] = [];
  let written = 0;

  beforeAll(async () => {
    await bringUp(SITE, { [NAMESPACE]: [SET] }, { env: { SITE: NAMESPACE, DURABILITY: 'REQUIRED' } });
    await kubectl('-n', NAMESPACE, 'scale', `statefulset/${SET}`, '--replicas=0');
    await kubectl('-n', NAMESPACE, 'wait', '--for=delete', ...PODS.map((pod) => `pod/${pod}`), '--timeout=120s');
    for (const pod of PODS) disks.push(await SmallDisk.under(NAMESPACE, `data-${pod}`, 1200, 300));
    await kubectl('-n', NAMESPACE, 'scale', `statefulset/${SET}`, '--replicas=2');
    await ready(NAMESPACE, [SET]);
    const create = 'CREATE TABLE rows_written (id INT PRIMARY KEY, data LONGBLOB)';
    await until('a table', async () => sql(await primary(), create).then(() => true));
  });

  afterAll(async () => {
    await removeNamespaces(NAMESPACE);
    for (const disk of disks) await disk.remove();
  });

  test('takes no writes before it is full, says so, and goes on being read', async () => {
    const first = await primary();
    const refused = await (async () => {
      for (;;) {
        try {
          await write(written + 1);
          written++;
        } catch (error) {
          return (error as Error).message;
        }
      }
    })();
    expect(refused).toMatch(/ERROR 1290 .*(super-)?read-only/);
    expect(written).toBeGreaterThan(20);
    await until('the event', () => told('MySQLVolumeFull'));
    // Long enough for a server that cannot write to have been ended.
    await sleep(60_000);
    await until('the same rows on both', async () =>
      (await Promise.all(PODS.map(rows))).every((count) => count === written),
    );
    expect({ primary: await primary(), restarts: await restarts() }).toEqual({ primary: first, restarts: [0, 0] });
    process.stdout.write(`${written} rows of ${ROW} MiB were taken, and are on both servers\n`);
  });

  test('takes writes again when there is more room, with everything that was acknowledged', async () => {
    for (const disk of disks) await disk.free();
    await until('a write', () => write(written + 1).then(() => true));
    written++;
    await until('the event', () => told('MySQLVolumeFreed'));
    await until('the same rows on both', async () =>
      (await Promise.all(PODS.map(rows))).every((count) => count === written),
    );
    expect(await restarts()).toEqual([0, 0]);
  });
});
