import { Duration, Lazy } from 'cdk8s';
import { k8s } from '../core/imports';
import type { JobWorkers, WorkerKind } from './job-workers';
import { atATime } from '../core/at-a-time';
import { container, written } from '../core/container';
import { scheduled } from '../core/cron-job';
import { OutsidePort, allowOutside } from '../core/network';
import { AuxiliaryPods, allowUsed, auxiliaryPods } from '../core/pod-group';
import { Program } from '../core/program';
import { FixedWorker, KindBeside, ScaledKind, ScheduledKind } from './worker-plan';
import { InitParts, underInit } from './worker-init';
import { PodTemplate, podTemplate } from '../core/pod';
import { AlikeWorkload, replacing } from '../core/deployment';
import { IConnectable } from '../core/connectable';

/** Settings that all workers of a role have in common. */
export interface Common {
  readonly image: string;
  readonly user: number | undefined;
  readonly program: Program;
  /** @default - the worker is process 1 itself */
  readonly init: InitParts | undefined;
  /** Variables that have to have a value before a worker starts. More are added later. */
  readonly waitsFor: k8s.EnvVar[];
  readonly uses: IConnectable[];
  readonly outside: OutsidePort[];
}

/** Makes the pods of workers, on the slices and beside them. */
export class WorkerPods {
  constructor(
    private readonly role: JobWorkers,
    private readonly common: Common,
  ) {}

  /** Containers that run all the time, in the pod of a slice. */
  public fixed(workers: FixedWorker[]): AlikeWorkload {
    return {
      containers: workers.map(({ name, kind, mebibytes }) => this.worker(name, kind, mebibytes)),
      volumes: this.volumes(),
      grace: longest(workers.map(({ kind }) => kind)),
    };
  }

  public scaled(kind: ScaledKind): k8s.KubeDeployment {
    const { _scaler: scaler } = kind.scale;
    const party = this.party(kind);
    const deployment = this.deploy(`scaled-${kind.name}`, kind, party, { most: scaler.max });
    scaler.scale(this.role, kind.name, party);
    return deployment;
  }

  public apart(kind: KindBeside): k8s.KubeDeployment {
    const { count = 1 } = kind;
    return this.deploy(`apart-${kind.name}`, kind, this.party(kind), { most: count, replicas: count });
  }

  /** A release may start a pod while another still finishes its job: that one's RAM counts on its node until it has ended. */
  private deploy(
    id: string,
    kind: KindBeside,
    party: AuxiliaryPods,
    { most, replicas }: { most: number; replicas?: number },
  ): k8s.KubeDeployment {
    const deployment = new k8s.KubeDeployment(this.role.chart, id, {
      metadata: party._metadata(party.name),
      spec: {
        ...(replicas === undefined ? {} : { replicas }),
        minReadySeconds: 10,
        strategy: replacing(most),
        selector: { matchLabels: party._selector },
        template: this.podsOf(kind, party, true),
      },
    });
    if (most > 1) {
      new k8s.KubePodDisruptionBudget(this.role.chart, `disruptions-${kind.name}`, {
        metadata: party._metadata(party.name),
        spec: {
          maxUnavailable: atATime(most),
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          selector: { matchLabels: party._selector },
        },
      });
    }
    return deployment;
  }

  public scheduled(kind: ScheduledKind): k8s.KubeCronJob {
    const party = this.party(kind);
    const { metadata, spec } = this.podsOf(kind, party);
    const template = { metadata, spec: { ...spec, restartPolicy: 'OnFailure' } };
    return new k8s.KubeCronJob(this.role.chart, `scheduled-${kind.name}`, {
      metadata: party._metadata(party.name),
      spec: scheduled(kind.schedule, { backoffLimit: 3, template }),
    });
  }

  /** Pods that are none of the slices, with the same doors open. */
  private party(kind: WorkerKind): AuxiliaryPods {
    const party = auxiliaryPods(this.role, kind.name);
    for (const used of this.common.uses) allowUsed(party, used);
    allowOutside(party, this.common.outside);
    return party;
  }

  private podsOf(kind: KindBeside, party: AuxiliaryPods, replaceable = false): PodTemplate {
    const mebibytes = Math.max(1, kind.ram.toMebibytes() - this.role._settings.sidecarMebibytes);
    return podTemplate(this.role, party._labels, {
      containers: [this.worker(kind.name, kind, mebibytes)],
      volumes: this.volumes(),
      grace: longest([kind]),
      givesUpDead: true,
      replaceable,
      most: kind.ram.toMebibytes(),
      ...(kind.cpuRequest && { cpuMillis: kind.cpuRequest._millisOf(mebibytes, mebibytes) }),
      ...(kind.scheduling && { scheduling: kind.scheduling }),
    });
  }

  private worker(name: string, kind: WorkerKind, mebibytes: number): k8s.Container {
    const { image, user, program, init, waitsFor } = this.common;
    const mode = kind.schedule === undefined ? 'again' : 'once';
    const env = overriding(program.env, kind.environment ?? {}).map(written);
    const made = container({
      name,
      image,
      mebibytes,
      command: init ? underInit(mode, graceSeconds(kind), kind.command) : kind.command,
      mounts: [{ name: 'tmp', mountPath: '/tmp' }, ...(init ? [init.mount] : []), ...program.mounts],
      ...(user === undefined ? {} : { user }),
    });
    // A tier that is made later may say that its workers wait.
    return { ...made, env: Lazy.any({ produce: () => [...env, ...waitsFor] }) as k8s.EnvVar[] };
  }

  private volumes(): k8s.Volume[] {
    const { init, program } = this.common;
    return [{ name: 'tmp', emptyDir: {} }, ...(init ? [init.volume] : []), ...program.volumes];
  }
}

function longest(kinds: WorkerKind[]): Duration {
  return Duration.seconds(Math.max(0, ...kinds.map(graceSeconds)));
}

function graceSeconds(kind: WorkerKind): number {
  return (kind.grace ?? Duration.minutes(1)).toSeconds();
}

function overriding(env: k8s.EnvVar[], more: Record<string, string>): k8s.EnvVar[] {
  const kept = env.filter(({ name }) => !Object.hasOwn(more, name));
  return [...kept, ...Object.entries(more).map(([name, value]) => ({ name, value }))];
}
