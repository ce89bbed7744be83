import { EVENT_SOURCE } from '../contract/labels';
import type { Config, Place } from './config';
import type { Kube } from './kube';
import type { Log } from './log';
import { told } from './log';

/** Writes Kubernetes Events about this pod, for `kubectl describe pod` and `kubectl get events`. Never throws. */
export class Events {
  private count = 0;

  public constructor(
    private readonly kube: Kube,
    private readonly config: Config,
    private readonly place: Place,
    private readonly log: Log,
    private readonly today: () => Date = () => new Date(),
  ) {}

  public async tell(type: 'Normal' | 'Warning', reason: string, message: string): Promise<void> {
    const { namespace } = this.config;
    const { pod, node } = this.place;
    const now = this.today();
    const time = now.toISOString();
    const object = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${pod}.${now.getTime().toString(16)}${(this.count++).toString(16)}`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: pod, namespace },
      type,
      reason,
      message,
      source: { component: 'heartbeat', host: node },
      reportingComponent: EVENT_SOURCE,
      reportingInstance: pod,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
    try {
      await this.kube.persist(
        () => this.kube.call('POST', `/api/v1/namespaces/${namespace}/events`, object),
        () => true,
      );
    } catch (error) {
      this.log('event not written', { reason, error: told(error) });
    }
  }
}
