import { ROLE_LABEL } from '../contract/labels';
import type { Config, Place } from './config';
import type { Json, Kube } from './kube';
import { MERGE, unlessMissing } from './kube';

/** Where the pods of the pair are, and their labels. Addresses stay known while the API server is out of reach. */
export class Pods {
  private readonly places = new Map<string, Place>();
  private readonly roles = new Map<string, string | undefined>();

  public constructor(
    private readonly kube: Kube,
    private readonly config: Config,
    private readonly own: Place,
  ) {}

  /** The other pods that have an address. */
  public get others(): Place[] {
    return [...this.places.values()].filter(({ pod }) => pod !== this.own.pod);
  }

  /** Looks where the pods are. One that is gone, or has no address yet, keeps none. */
  public async refresh(): Promise<void> {
    for (const pod of this.config.pods) {
      const found = await this.kube.call('GET', this.path(pod)).catch(unlessMissing);
      const address = (found?.['status'] as Json | undefined)?.['podIP'];
      const node = (found?.['spec'] as Json | undefined)?.['nodeName'];
      if (typeof address === 'string' && typeof node === 'string') this.places.set(pod, { pod, address, node });
      else this.places.delete(pod);
      const labels = (found?.['metadata'] as Json | undefined)?.['labels'] as Json | undefined;
      if (found) this.roles.set(pod, labels?.[ROLE_LABEL] as string | undefined);
      else this.roles.delete(pod);
    }
  }

  /**
   * Labels this pod active and every other standby, the one on a node that is gone too. By way of its status: that right does
   * not include the pod's spec, and so not its image.
   */
  public async label(): Promise<void> {
    await this.refresh();
    for (const [pod, role] of this.roles) {
      const wanted = pod === this.own.pod ? 'active' : 'standby';
      if (role !== wanted)
        await this.kube.call(
          'PATCH',
          `${this.path(pod)}/status`,
          { metadata: { labels: { [ROLE_LABEL]: wanted } } },
          MERGE,
        );
    }
  }

  private path(pod: string): string {
    return `/api/v1/namespaces/${this.config.namespace}/pods/${pod}`;
  }
}
