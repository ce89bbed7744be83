/** Kubernetes' work on the pods of a Deployment, as far as a release sees it. */

export interface Time {
  readonly now: () => number;
  readonly pause: () => Promise<void>;
}

/** A clock that goes on by so many milliseconds each time that somebody waits. */
export function timeOf(step: number): Time {
  let now = 0;
  return { now: () => now, pause: async () => void (now += step) };
}

const LABELS = { 'app.kubernetes.io/managed-by': 'cdk8s-slices', 'app.kubernetes.io/part-of': 'dfw' };

// oxlint-disable-next-line typescript/no-explicit-any
export function deployment(role: string, image: string, port?: number): any {
  const ports = port === undefined ? {} : { ports: [{ name: 'http', containerPort: port }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `dfw-${role}`, namespace: 'dfw', labels: LABELS },
    spec: {
      replicas: 3,
      minReadySeconds: 15,
      selector: { matchLabels: { role } },
      template: { spec: { containers: [{ name: 'program', image, ...ports }] } },
    },
  };
}

const PULLING = { waiting: { reason: 'ErrImagePull', message: 'there is no such image' } };
const ENDED = { terminated: { exitCode: 1, reason: 'Error' } };

/** How the container of an image is after so many seconds. */
function stateOf(image: string, seconds: number): { ready: boolean; state: object } {
  if (image === 'nowhere') return { ready: false, state: PULLING };
  if (image === 'crashing') return { ready: false, state: ENDED };
  return { ready: image !== 'slow' && seconds >= 3, state: { running: {} } };
}

/** A pod of an image, as it is after so many seconds. */
export function pod(name: string, image: string, seconds: number, labels: object): object {
  const { ready, state } = stateOf(image, seconds);
  return {
    metadata: { name, namespace: 'dfw', labels, creationTimestamp: new Date(seconds * -1000).toISOString() },
    spec: { nodeName: 'node1' },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ name: 'program', image, ready, state, restartCount: 0 }],
    },
  };
}

interface Running {
  readonly name: string;
  readonly image: string;
  readonly bornAt: number;
}

/** A controller with `maxSurge: 0`, and the manifest's `maxUnavailable`, which takes a step each time that it is looked at. */
export class Controller {
  private pods: Running[];
  // oxlint-disable-next-line typescript/no-explicit-any
  private applied: any;
  private made = 0;
  private generation = 1;
  private readonly counts = new Map<string, number>();

  constructor(
    first: { spec: object },
    private replicas = 3,
  ) {
    this.applied = first;
    this.pods = Array.from({ length: replicas }, () => this.make(-60_000));
  }

  public images(): string[] {
    return this.pods.map(({ image }) => image);
  }

  /** An autoscaler's work once the load is less: the oldest go. */
  public scaleDown(replicas: number): void {
    this.replicas = replicas;
    this.pods = this.pods.slice(-replicas);
  }

  /** The most pods of an image that there were at one time. */
  public most(image: string): number {
    return this.counts.get(image) ?? 0;
  }

  public paused(): boolean {
    return this.applied.spec.paused === true;
  }

  public away(): unknown {
    return this.applied.spec.strategy.rollingUpdate.maxUnavailable;
  }

  public cluster(time: Time): object {
    return {
      apply: async (manifest: object) => {
        this.applied = manifest;
        this.generation++;
      },
      deployment: async () => {
        this.step(time.now());
        const annotations = { 'deployment.kubernetes.io/revision': this.image() };
        return {
          ...this.applied,
          spec: { ...this.applied.spec, replicas: this.replicas },
          metadata: { ...this.applied.metadata, uid: 'web', generation: this.generation, annotations },
          status: { observedGeneration: this.generation },
        };
      },
      replicaSets: async () =>
        [...new Set([...this.images(), this.image()])].map((image) => ({
          metadata: {
            ownerReferences: [{ uid: 'web' }],
            labels: { 'pod-template-hash': image },
            annotations: { 'deployment.kubernetes.io/revision': image },
          },
          status: { availableReplicas: this.available(image, time.now()).length },
        })),
      pods: async () =>
        this.pods.map(({ name, image, bornAt }) =>
          pod(name, image, (time.now() - bornAt) / 1000, { 'pod-template-hash': image }),
        ),
    };
  }

  private image(): string {
    return this.applied.spec.template.spec.containers[0].image;
  }

  private make(bornAt: number): Running {
    return { name: `dfw-web-${++this.made}`, image: this.image(), bornAt };
  }

  private available(image: string, now: number): Running[] {
    return this.pods.filter((each) => each.image === image && stateOf(image, (now - each.bornAt) / 1000 - 15).ready);
  }

  private replace(now: number, most: number): void {
    const available = [...new Set(this.images())].flatMap((image) => this.available(image, now));
    const old = this.pods.filter(({ image }) => image !== this.image());
    // Those that do not work go first, as with Kubernetes.
    const [next] = [...old.filter((each) => !available.includes(each)), ...old];
    const isAllowed = next && (available.length > this.replicas - most || !available.includes(next));
    if (!this.paused() && isAllowed) this.pods = [...this.pods.filter((each) => each !== next), this.make(now)];
  }

  private step(now: number): void {
    const share = Number.parseInt(this.applied.spec.strategy?.rollingUpdate?.maxUnavailable ?? '1', 10);
    const isPercent = String(this.applied.spec.strategy?.rollingUpdate?.maxUnavailable).endsWith('%');
    const most = Math.max(1, Math.floor(isPercent ? (this.replicas * share) / 100 : share));
    for (let left = most; left > 0; left--) this.replace(now, most);
    for (const image of new Set(this.images())) {
      const count = this.pods.filter((each) => each.image === image).length;
      this.counts.set(image, Math.max(count, this.counts.get(image) ?? 0));
    }
  }
}
