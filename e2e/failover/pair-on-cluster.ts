import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel } from '../../agent/channel';
import { HttpPeers } from '../../agent/peer';
import type { Status } from '../../agent/peer';
import { get, kubectl, until } from './cluster';
import { KEY, manifests } from './pair';
import type { PairOptions } from './pair';

const AGENT = 7911;

export interface PodPlace {
  readonly name: string;
  readonly ip: string;
  readonly node: string;
}

/** The two web servers on the cluster. */
export class PairOnCluster {
  public address = '';

  public constructor(public readonly options: PairOptions) {}

  public get namespace(): string {
    return this.options.namespace;
  }

  /** Gives the cluster the objects, and waits for nothing. */
  public async write(): Promise<void> {
    const file = join(tmpdir(), `${this.namespace}.yaml`);
    writeFileSync(file, manifests(this.options));
    await kubectl('apply', '-f', file);
  }

  public async apply(): Promise<void> {
    await this.write();
    await this.settle();
    await until(
      'an address',
      async () => {
        this.address = await kubectl(
          '-n',
          this.namespace,
          'get',
          'svc',
          'web-active',
          '-o',
          'jsonpath={.status.loadBalancer.ingress[0].ip}',
        );
        return this.address !== '';
      },
      30,
    );
    await until('an answer', async () => (await get(`http://${this.address}/`, 500)).status === 200, 60);
  }

  public async remove(): Promise<void> {
    await kubectl('delete', 'namespace', this.namespace);
  }

  public async pods(): Promise<PodPlace[]> {
    const { items } = JSON.parse(await kubectl('-n', this.namespace, 'get', 'pods', '-l', 'app=web', '-o', 'json')) as {
      items: { metadata: { name: string }; status: { podIP?: string }; spec: { nodeName?: string } }[];
    };
    return items.map(({ metadata, status, spec }) => ({
      name: metadata.name,
      ip: status.podIP ?? '',
      node: spec.nodeName ?? '',
    }));
  }

  /** What each agent says of itself, asked directly; undefined where it does not answer. */
  public async statuses(): Promise<{ readonly pod: PodPlace; readonly status: Status | undefined }[]> {
    const pods = await this.pods();
    return Promise.all(
      pods.map(async (pod) => {
        const channel = new Channel(
          `${this.namespace}/web`,
          'observer',
          () => [KEY],
          () => performance.now(),
        );
        const place = { pod: pod.name, address: pod.ip, node: pod.node };
        const [status] = await new HttpPeers(AGENT, [pod.name], () => [place], channel).statuses(1000);
        return { pod, status };
      }),
    );
  }

  public async metrics(pod: PodPlace): Promise<Record<string, number>> {
    const { body } = await get(`http://${pod.ip}:${AGENT}/metrics`, 1000);
    const lines = body.split('\n').filter((line) => line && !line.startsWith('#'));
    return Object.fromEntries(
      lines.map((line) => line.split(' ')).map(([name, value]) => [name as string, Number(value)]),
    );
  }

  public async active(): Promise<PodPlace> {
    const active = (await this.statuses()).find(({ status }) => status?.phase === 'active');
    if (!active) throw new Error('no pod is active');
    return active.pod;
  }

  /** Waits until one is active and the other could take over, or, without agents, until both are ready. */
  public async settle(): Promise<void> {
    if (this.options.plain) {
      await until(
        'two pods that answer',
        async () => {
          const pods = await this.pods();
          const answers = await Promise.all(pods.map(({ ip }) => get(`http://${ip}:8080/`, 500)));
          return answers.length === 2 && answers.every(({ status }) => status === 200);
        },
        240,
      );
      return;
    }
    await until(
      'a pair of which one is active and one ready',
      async () => {
        const statuses = (await this.statuses()).map(({ status }) => status);
        const active = statuses.filter((status) => status?.phase === 'active' && status.pointed);
        return statuses.length === 2 && active.length === 1 && statuses.filter((status) => status?.ready).length === 1;
      },
      240,
    );
    await until('nodes that all send to the active one', () => this.everyNodeKnows(), 120);
  }

  /**
   * A node that was away sends where it did before, and for up to ten seconds after its return: until its kube-proxy has noticed
   * that it hears nothing any more, has connected again, and has made each change that it missed, a second apart. A fault
   * that is made meanwhile would be measured with the end of the one before.
   */
  private async everyNodeKnows(): Promise<boolean> {
    const { mode, externalTrafficPolicy } = this.options;
    if (mode || externalTrafficPolicy === 'Local') return true;
    const active = await this.active();
    const [nodes, service] = await Promise.all([
      kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}'),
      kubectl('-n', this.namespace, 'get', 'svc', 'web-active', '-o', 'jsonpath={.spec.ports[0].nodePort}'),
    ]);
    const answers = await Promise.all(nodes.split(' ').map((node) => get(`http://${node}:${service}/`, 500)));
    return answers.every(({ body }) => body === active.name);
  }
}
