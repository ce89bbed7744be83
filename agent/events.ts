import { EVENT_SOURCE } from '../contract/labels';
import type { Clock } from './clock';
import { monotonicClock } from './clock';
import type { Config, Place } from './config';
import { KubeError } from './kube';
import type { Json, Kube } from './kube';
import type { Log } from './log';
import { told } from './log';

/** An Event may be all that tells a person what to do, so one that fails is written later, so long and so often, in milliseconds. */
const TRIES_MS = 600_000;
const AGAIN_MS = 5_000;

type Event = Json & { readonly reason: string };

/** Writes Kubernetes Events about this pod, for `kubectl describe pod` and `kubectl get events`. Never throws. */
export class Events {
  private count = 0;

  public constructor(
    private readonly kube: Kube,
    private readonly config: Config,
    private readonly place: Place,
    private readonly log: Log,
    private readonly today: () => Date = () => new Date(),
    private readonly clock: Clock = monotonicClock,
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
    await this.write(object, this.clock.now() + TRIES_MS);
  }

  private async write(event: Event, until: number): Promise<void> {
    const path = `/api/v1/namespaces/${this.config.namespace}/events`;
    try {
      await this.kube.persist(
        () => this.kube.call('POST', path, event).catch(unlessThere),
        () => true,
      );
    } catch (error) {
      const again = this.clock.now() < until;
      if (again) this.clock.after(AGAIN_MS, () => void this.write(event, until));
      else this.log('event not written', { reason: event.reason, error: told(error) });
    }
  }
}

/** The one before got lost on its way back. */
function unlessThere(error: unknown): void {
  if (!(error instanceof KubeError && error.status === 409)) throw error;
}
