/** The pair under test, and the pod with the clients. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { get, kubectl, run, sleep, until } from '../failover/cluster';

export const ROOT = resolve(__dirname, '../..');
export const NAMESPACE = process.env['SITE'] ?? 'mysql-bench';
export const SET = `${NAMESPACE}-db`;
export const SERVERS = [`${SET}01`, `${SET}02`];
export const PODS = [`${SET}-1`, `${SET}-2`];

/** What the Lease says. */
export interface Standing {
  readonly pod: string;
  readonly term: number;
  readonly facts: Readonly<Record<string, string>>;
}

export async function standing(): Promise<Standing> {
  const lease = JSON.parse(await kubectl('-n', NAMESPACE, 'get', 'lease', SET, '-o', 'json'));
  const facts = Object.fromEntries(
    Object.entries((lease.metadata.annotations ?? {}) as Record<string, string>).map(([name, value]) => [
      name.replace('cdk8s-slices/', ''),
      value,
    ]),
  );
  return { pod: lease.spec.holderIdentity ? (facts['pod'] ?? '') : '', term: lease.spec.leaseTransitions ?? 0, facts };
}

export const other = (pod: string) => PODS.find((each) => each !== pod)!;

export async function nodeOf(pod: string): Promise<string> {
  return kubectl('-n', NAMESPACE, 'get', 'pod', pod, '-o', 'jsonpath={.spec.nodeName}');
}

export async function addressOf(pod: string): Promise<string> {
  return kubectl('-n', NAMESPACE, 'get', 'pod', pod, '-o', 'jsonpath={.status.podIP}');
}

/** Whether there is a primary, and a replica that has everything. */
export async function whole(): Promise<boolean> {
  const { pod, facts } = await standing();
  return pod !== '' && facts['primary'] !== undefined && facts['replica'] !== undefined;
}

async function synthesize(...env: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  const given = [`CDK8S_OUTDIR=${folder}`, `SITE=${NAMESPACE}`, ...env];
  await run('env', '-C', ROOT, ...given, 'npx', 'tsx', 'e2e/sites/mysql.ts');
  return folder;
}

/** Applies the site with another budget of failover, which begins a roll-out. */
export async function change(failoverSeconds: number): Promise<void> {
  await kubectl('apply', '-f', await synthesize(`FAILOVER_SECONDS=${failoverSeconds}`));
}

/** Synthesizes the site and applies it as the README says, Secrets included. */
export async function install(...env: string[]): Promise<void> {
  const folder = await synthesize(...env);
  await run('env', '-C', ROOT, 'npx', 'tsx', 'cli/main.ts', 'secrets', folder);
  await kubectl('apply', '-f', folder);
  await until('a replica that has everything', whole, 240);
}

export async function remove(): Promise<void> {
  await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s');
}

/** The clients, on the node that has no server. */
export class Workload {
  private address = '';

  public async start(idle = false): Promise<void> {
    const { outputFiles } = await build({
      absWorkingDir: ROOT,
      entryPoints: ['e2e/mysql/workload.ts'],
      bundle: true,
      platform: 'node',
      target: 'node20',
      write: false,
    });
    const file = join(tmpdir(), `workload-${process.pid}.json`);
    const used = await Promise.all(PODS.map(nodeOf));
    // By its address: the cluster's DNS loses lookups with the node of one of its pods, and that is not what is measured.
    const address = await kubectl(
      '-n',
      NAMESPACE,
      'get',
      'service',
      `${SET}-write`,
      '-o',
      'jsonpath={.spec.clusterIP}',
    );
    writeFileSync(file, JSON.stringify(objects(outputFiles[0]!.text, address, used, idle)));
    await kubectl('-n', NAMESPACE, 'delete', 'pod', 'workload', '--ignore-not-found', '--grace-period=0', '--force');
    await kubectl('apply', '-f', file);
    const running = async () => {
      this.address = await addressOf('workload');
      return this.address !== '' && (await this.stats()).acknowledged >= (idle ? 0 : 50);
    };
    await until('clients that write', running, 120);
  }

  public async ask<T>(path: string, timeoutMs = 60_000): Promise<T> {
    const { status, body } = await get(`http://${this.address}:8080${path}`, timeoutMs);
    if (status !== 200) throw new Error(body);
    return JSON.parse(body) as T;
  }

  public stats() {
    return this.ask<{ acknowledged: number; unknown: number; refused: number; sinceLastMs: number; now: number }>(
      '/stats',
      5_000,
    );
  }

  /** Stops the writes for a moment, and compares the tables of both servers. */
  public compare() {
    const hosts = SERVERS.map((server) => `host=${server}`).join('&');
    return this.ask<{ same: boolean; servers: object }>(`/compare?${hosts}`);
  }

  /** Waits until writes are acknowledged again, and returns the longest time since `from` in which none was. */
  public async longestGap(from: number): Promise<number> {
    await until('writes that are acknowledged', async () => (await this.stats()).sinceLastMs < 100, 180);
    await sleep(500);
    const gaps = await this.ask<{ from: number; ms: number }[]>(`/gaps?since=${from}`);
    return Math.max(0, ...gaps.map(({ ms }) => ms));
  }
}

function objects(program: string, address: string, used: string[], idle: boolean): object {
  const metadata = { name: 'workload', namespace: NAMESPACE };
  const labels = { app: 'workload' };
  const everything = { podSelector: { matchLabels: labels }, ingress: [{}], egress: [{}] };
  const databases = { key: 'app.kubernetes.io/name', operator: 'In', values: ['db', 'bare'] };
  const elsewhere = { key: 'kubernetes.io/hostname', operator: 'NotIn', values: used };
  const preferred = [{ weight: 100, preference: { matchExpressions: [elsewhere] } }];
  const password = { secretKeyRef: { name: SET, key: 'password' } };
  const env = [
    { name: 'DB_HOST', value: `${SET}-write` },
    { name: 'DB_ADDRESS', value: address },
    { name: 'DB_USER', value: NAMESPACE },
    { name: 'DB_PASSWORD', valueFrom: { ...password } },
    {
      name: 'BARE_PASSWORD',
      valueFrom: { secretKeyRef: { name: `${NAMESPACE}-bare`, key: 'password', optional: true } },
    },
    ...(idle ? [{ name: 'IDLE', value: 'yes' }] : []),
  ];
  const items = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'workload.js': program } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: { ...everything, policyTypes: ['Ingress', 'Egress'] },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { ...metadata, name: 'workload-to-database' },
      spec: {
        podSelector: { matchExpressions: [databases] },
        ingress: [{ from: [{ podSelector: { matchLabels: labels } }] }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, labels },
      spec: {
        affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } },
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'workload',
            image: 'docker.io/library/node:24-slim',
            command: ['node', '/workload/workload.js'],
            env,
            volumeMounts: [{ name: 'workload', mountPath: '/workload' }],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
        volumes: [{ name: 'workload', configMap: { name: 'workload' } }],
      },
    },
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
