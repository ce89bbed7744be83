import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { imagesOnEveryNode } from '../images/tools';

export const ROOT = resolve(__dirname, '..');

/** Whether every node has an image, so that a test that needs one without a publisher can say why it is skipped. */
export function hasImage(image: string): boolean {
  onNodes ??= imagesOnEveryNode();
  return onNodes.has(image);
}

let onNodes: Set<string> | undefined;

const run = promisify(execFile);

export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run('kubectl', args, { maxBuffer: 64 << 20 });
  return stdout;
}

// oxlint-disable-next-line typescript/no-explicit-any
export async function get(...args: string[]): Promise<any> {
  return JSON.parse(await kubectl('get', '-o', 'json', ...args));
}

/** Synthesizes an app into a folder of its own, and returns that. */
export function synth(main: string, env: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  execFileSync('npx', ['tsx', main], { cwd: ROOT, env: { ...process.env, ...env, CDK8S_OUTDIR: folder } });
  return folder;
}

/** Applies a folder of manifests as the README says, Secrets included. */
export async function apply(folder: string): Promise<void> {
  await run('npx', ['tsx', 'cli/main.ts', 'secrets', folder], { cwd: ROOT });
  await kubectl('apply', '-f', folder);
}

/** Waits until something holds, and fails with its name and the last reason where it does not. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 180): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`${what} did not come within ${seconds} s`, { cause: last });
    await sleep(500);
  }
}

/** The names of a role's pods that are not being stopped, sorted by age: a Deployment's have no fixed names. */
export async function podsOf(namespace: string, role: string): Promise<[string, ...string[]]> {
  const { items } = await get(
    '-n',
    namespace,
    'pods',
    '-l',
    `app.kubernetes.io/name=${role}`,
    '--sort-by=.metadata.creationTimestamp',
  );
  const names = (items as { metadata: { name: string; deletionTimestamp?: string } }[])
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
  if (names.length === 0) throw new Error(`${role} has no pod in ${namespace}`);
  return names as [string, ...string[]];
}

/** Waits until every slice of these StatefulSets and Deployments is ready. */
export async function ready(namespace: string, names: string[], seconds = 300): Promise<void> {
  await until(
    `every slice of ${names.join(', ')}`,
    async () => {
      const { items } = await get('-n', namespace, 'statefulsets,deployments');
      return names.every((name) => {
        // oxlint-disable-next-line typescript/no-explicit-any
        const { spec, status, metadata } = items.find((each: any) => each.metadata.name === name);
        return (
          status.observedGeneration === metadata.generation &&
          status.replicas === spec.replicas &&
          status.readyReplicas === spec.replicas &&
          status.updatedReplicas === spec.replicas
        );
      });
    },
    seconds,
  );
}

/** The address that a Service of type LoadBalancer was given. */
export async function addressOf(namespace: string, service: string): Promise<string> {
  return until(`an address of ${service}`, async () => {
    const { status } = await get('-n', namespace, 'service', service);
    return status.loadBalancer.ingress?.[0]?.ip as string | undefined;
  });
}

export async function removeNamespaces(...names: string[]): Promise<void> {
  await kubectl('delete', 'namespace', '--ignore-not-found', '--wait=true', '--timeout=180s', ...names);
}

export interface Load {
  readonly sent: number;
  readonly failures: string[];
}

/** Asks for a page so many times a second while something is done, each time on a connection of its own. */
export async function loadWhile(url: string, perSecond: number, work: () => Promise<void>): Promise<Load> {
  const failures: string[] = [];
  const pending: Promise<void>[] = [];
  let sent = 0;
  let going = true;
  const loop = (async () => {
    const start = performance.now();
    while (going) {
      sent++;
      pending.push(ask(url).then((failure) => void (failure && failures.push(failure))));
      await sleep(Math.max(0, start + (sent * 1000) / perSecond - performance.now()));
    }
  })();
  try {
    await work();
  } finally {
    going = false;
    await loop;
    await Promise.all(pending);
  }
  return { sent, failures };
}

async function ask(url: string): Promise<string | undefined> {
  const at = new Date().toISOString().slice(11, 23);
  try {
    const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    return response.ok ? undefined : `${at} ${response.status}`;
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } };
    return `${at} ${cause?.code ?? message}`;
  }
}

/** Waits until every answer is the new release's. A slice of before answers on what is connected to it until it has ended. */
export async function untilReleased(url: string, page: RegExp): Promise<void> {
  const isNew = async () => page.test(await (await fetch(url)).text());
  await until('the new release alone', async () => (await isNew()) && (await isNew()));
}

/** The address of a node that a pod does not run on: its own node is open to every pod, whatever a policy says. */
export async function otherNode(namespace: string, pod: string): Promise<string> {
  const { spec } = await get('-n', namespace, 'pod', pod);
  const nodes = (await get('nodes')).items as {
    metadata: { name: string };
    status: { addresses: { address: string }[] };
  }[];
  const other = nodes.find(({ metadata }) => metadata.name !== spec.nodeName);
  if (!other) throw new Error('the cluster has one node only');
  return other.status.addresses[0]?.address as string;
}

/** Makes a site from nothing, in namespaces of its own, and waits until every slice of these sets is ready. */
export async function bringUp(
  main: string,
  sets: Record<string, string[]>,
  { env = {}, seconds = 400 }: { env?: Record<string, string>; seconds?: number } = {},
): Promise<void> {
  await removeNamespaces(...Object.keys(sets));
  await apply(synth(main, env));
  for (const [namespace, names] of Object.entries(sets)) await ready(namespace, names, seconds);
}

/** Where a site's balancers answer, once they do. */
export async function urlOf(namespace: string, balancer: string, path = '/'): Promise<string> {
  const url = `http://${await addressOf(namespace, `${balancer}-active`)}`;
  await until(`an answer of ${url}${path}`, async () => (await fetch(url + path)).ok, 300);
  return url;
}
