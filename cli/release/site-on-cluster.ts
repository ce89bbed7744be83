import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Deployment, V1StatefulSet } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { applyFolder, applyObjects, kubectl } from '../apply';
import { Cluster, clusterOf } from '../cluster';
import { Call } from '../command';
import { Connection } from '../connection';
import { Manifest, namespacesOf } from '../manifests';
import { patient, patiently } from '../patience';
import { output } from '../programs';
import { makeSecrets } from '../secrets';
import { selectorOf, slicesOf } from '../slices';
import { sitesOf, waitForSites } from '../up';
import { releaseCluster } from './cluster';
import { Gate, gateOf } from './gate';
import { healthOf } from './health';
import { changedSets, isTier, isWorkload, rolloutsOf, slicesOfTier, undoneJobs } from './plan';
import { Prometheus, WantedPrometheus, findPrometheus } from './prometheus';
import { RELEASES, ReleaseRecord, mergedRecords, withRecord } from './record';
import { Clock, REVISION, Rollout } from './rollout';
import { Release, ReleaseCluster, applyRest, goBackAll } from './run';

const PAUSE = 1000;

/** Whether a gate watches a site's figures, and by which Prometheus. */
export interface Figures {
  readonly watchesFigures: boolean;
  /** The Prometheus that is wanted; undefined for the site's own. */
  readonly prometheus: WantedPrometheus | undefined;
}

/** The site of some manifests, as the cluster has it. */
export class SiteOnCluster {
  public readonly cluster: ReleaseCluster;
  private readonly seen: Cluster;
  private readonly sites: readonly string[];
  private readonly namespaces: readonly string[];

  constructor(
    private readonly connection: Connection,
    private readonly manifests: readonly Manifest[],
    private readonly call: Call,
  ) {
    this.sites = sitesOf(manifests);
    this.namespaces = namespacesOf(manifests);
    this.seen = patient(clusterOf(connection, this.namespaces, call.note));
    this.cluster = releaseCluster(connection, this.sites, this.namespaces);
  }

  public readonly pause = async (): Promise<void> => sleep(PAUSE);

  public async records(): Promise<ReleaseRecord[]> {
    return mergedRecords((await this.deployments()).map(({ metadata }) => metadata?.annotations));
  }

  public async rollouts(): Promise<Rollout[]> {
    return rolloutsOf(this.manifests, await this.deployments());
  }

  /** The names of Jobs that the cluster has not done yet. */
  public async newJobs(): Promise<string[]> {
    return undoneJobs(this.manifests, (await this.cluster.jobs()).jobs);
  }

  /** The gate, by how the site is before the release. */
  public async gate(
    rollouts: readonly Rollout[],
    pages: readonly string[],
    { watchesFigures, prometheus: wanted }: Figures,
    now: () => number,
    note: (line: string) => void,
  ): Promise<Gate> {
    const prometheus = watchesFigures ? await this.prometheus(wanted, note) : undefined;
    const health = healthOf(this.connection, prometheus);
    const rollout = rollouts.find(({ port }) => port !== undefined);
    const slices = rollout ? await this.readyPods(rollout) : [];
    return gateOf(health, pages, slices, now, note);
  }

  private async prometheus(
    wanted: WantedPrometheus | undefined,
    note: (line: string) => void,
  ): Promise<Prometheus | undefined> {
    const { sites, namespaces, manifests } = this;
    return findPrometheus(this.connection, { sites, namespaces, manifests }, wanted, note);
  }

  private async readyPods(rollout: Rollout) {
    const { namespace, port = 0 } = rollout;
    return slicesOfTier(await slicesOf(this.seen, this.sites), rollout)
      .filter(({ trouble }) => !trouble)
      .map(({ pod }) => ({ pod: [namespace, pod] as const, port }));
  }

  /** Configuration, policies, Secrets and Jobs: pods of the new version need them, and pods of the old one do not mind. */
  public async applyAllButWorkloads(): Promise<void> {
    const { config, client } = this.connection;
    const store = config.makeApiClient(client.CoreV1Api);
    await makeSecrets([...this.manifests], store, (line) => {
      if (!line.endsWith(': there')) this.call.note(line);
    });
    await this.apply(this.manifests.filter((each) => !isWorkload(each)));
  }

  /** The rest, such as balancers that serve static files of the new image. Where they do not get ready, all goes back. */
  public async applyRest(
    folder: string,
    seconds: number,
    { rollouts }: Release,
    say: (line: string) => void,
    clock: Clock,
  ): Promise<void> {
    let before: Manifest[] = [];
    const apply = async () => {
      before = changedSets(this.manifests, await this.statefulSets());
      if (before.length > 0) {
        say(`${before.map(({ metadata }) => metadata.name).join(', ')} follow`);
        await this.apply(this.manifests.filter(({ kind }) => kind === 'StatefulSet'));
        await waitForSites(this.seen, this.sites, seconds, say, () => clock.pause());
      }
      // CronJobs come last, as nothing else gives them back what they ran.
      await patiently(applyFolder)(folder, this.connection.kubectl);
    };
    const putBack = async () => {
      await this.apply(before);
      await this.removeStuckPods(before);
    };
    await applyRest({ apply, putBack }, () => goBackAll(rollouts, this.cluster, clock, this.pause, say), say);
  }

  /** Kubernetes does not replace a pod of a StatefulSet that never got ready, where the set has changed again since. */
  private async removeStuckPods(sets: readonly Manifest[]): Promise<void> {
    const slices = await slicesOf(this.seen, this.sites);
    for (const { metadata } of sets)
      for (const { namespace, pod, trouble } of slices)
        if (trouble && namespace === metadata.namespace && pod.replace(/-\d+$/, '') === metadata.name)
          await this.run('delete', 'pod', pod, `--namespace=${namespace}`, '--ignore-not-found', '--wait=false');
  }

  /** The user, as the API server knows them. */
  public async user(): Promise<string> {
    try {
      return await this.run('auth', 'whoami', '--output=jsonpath={.status.userInfo.username}');
    } catch {
      return 'unknown';
    }
  }

  public async revisions(rollouts: readonly Rollout[]): Promise<Record<string, string>> {
    const live = await this.deployments();
    return Object.fromEntries(
      rollouts.map(({ name }) => {
        const found = live.find(({ metadata }) => metadata?.name === name);
        return [name, found?.metadata?.annotations?.[REVISION] ?? '?'];
      }),
    );
  }

  /** Writes the record to the Deployments that the release is about. */
  public async remember(record: ReleaseRecord, rollouts: readonly Rollout[]): Promise<void> {
    const names =
      rollouts.length > 0
        ? rollouts.map(({ name }) => name)
        : this.manifests.filter(isTier).map(({ metadata }) => metadata.name);
    for (const { metadata } of await this.deployments()) {
      const { name = '', namespace, annotations } = metadata ?? {};
      if (!names.includes(name)) continue;
      const value = `${RELEASES}=${withRecord(annotations, record)}`;
      await this.run('annotate', 'deployment', name, value, '--overwrite', `--namespace=${namespace}`);
    }
  }

  private async deployments(): Promise<V1Deployment[]> {
    return this.seen.deployments(selectorOf(this.sites));
  }

  private async statefulSets(): Promise<V1StatefulSet[]> {
    return this.seen.statefulSets(selectorOf(this.sites));
  }

  private readonly run = patiently((...args: string[]) => output(kubectl(this.connection.kubectl), args));

  private readonly apply = patiently(async (objects: readonly object[]) => {
    if (objects.length > 0) await applyObjects(this.connection.kubectl, objects);
  });
}
