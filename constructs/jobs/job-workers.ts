import { Duration, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { JobQueue } from './job-queue';
import { JobScaling } from './job-scaling';
import { Egress } from '../core/egress';
import { CommonProps, SchedulingProps } from '../core/common-props';
import { Cpu } from '../core/cpu';
import { allowOutside } from '../core/network';
import { Binding } from '../core/binding';
import { checkImage } from '../core/problems';
import { programOf } from '../core/program';
import { QueuePlan } from './queue-engine';
import { WorkerPlan, clientsOf, planWorkers, runsAlways } from './worker-plan';
import { placedWorkers } from './worker-places';
import { INIT_FOLDER, initParts } from './worker-init';
import { WorkerPods } from './worker-pods';
import { deploySlices } from '../core/deployment';
import { checkUser } from '../core/values';
import { Role } from '../core/role';
import { ExistingSecret, SecretFile } from '../core/secret-file';
import { IConnectable } from '../core/connectable';
import { checked } from '../core/inputs/checked';

/** Workers that do the same. */
export interface WorkerKind {
  /** The name of the kind: its containers are `email-1`, `email-2`, … */
  readonly name: string;

  /**
   * The worker's program with its arguments. On SIGTERM it should finish the job in hand, take no other, and exit; `theschwartz-worker` does.
   *
   * A worker without a handler for SIGTERM ends at once. After an exit with 0 it is started again at once; after any other exit Kubernetes
   * starts it again, later each time.
   */
  readonly command: string[];

  /**
   * The number of workers of this kind on each slice; with `apart`, the number of its pods. A kind with `schedule` or `scale` has no count.
   *
   * @default 1
   */
  readonly count?: number;

  /**
   * RAM of each worker, in whole MiB. A worker that takes more is killed and started again, without harm to the others.
   *
   * @default - the kinds without share evenly what the others leave of the slice; needed with `apart`, `schedule` and `scale`
   */
  readonly ram?: Size;

  /**
   * How long a worker has to finish its job when it is stopped, before it is killed. As long as its longest job.
   *
   * The workers of a slice are stopped together, and each kind has its own time. The slice's pod ends with the last of them.
   *
   * @default Duration.minutes(1)
   */
  readonly grace?: Duration;

  /**
   * Whether each of its workers is a pod of its own, rather than a container on each slice.
   *
   * A pod of many kinds fits on a large node alone, and the longest grace holds each stop. The RAM of its pods is taken from the slices'. A
   * kind with `schedule` or `scale` has pods of its own in any case.
   *
   * @default - true for a kind with `ram` where the role's `ram` is more than 4 GiB and it has several kinds; it then has `count` pods for each
   * of `slices`
   */
  readonly apart?: boolean;

  /**
   * CPU that a worker asks for, where it has a pod of its own.
   *
   * @default - the role's `resources.cpuRequest`, in proportion to its RAM
   */
  readonly cpuRequest?: Cpu;

  /**
   * The nodes of its pods, where it has pods of its own: each property that is given replaces the role's. Spot nodes suit jobs that may run
   * again.
   *
   * @default - the role's
   */
  readonly scheduling?: SchedulingProps;

  /**
   * The schedule, in cron's five fields and UTC: `15 4 * * *`. It is not started while it still runs.
   *
   * Its RAM is kept for it all the time.
   *
   * @default - it runs all the time
   */
  readonly schedule?: string;

  /**
   * A rule by which their number follows the load. They are then pods of their own, whose RAM is taken from the slices'.
   *
   * @default - always `count` of them
   */
  readonly scale?: JobScaling;

  /**
   * More of the environment of this kind; it wins over the environment of all.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;
}

/** Properties for `JobWorkers`. */
export interface JobWorkersProps extends CommonProps {
  /** RAM of one slice. The workers together may not take more than it has, and no worker has less than 32 MiB. */
  readonly ram: Size;

  /**
   * The workers, by kind. Those that run all the time are on the slices.
   *
   * Where every kind has `schedule` or `scale`, there are no slices: `ram` is what the kinds take together.
   */
  readonly workers: WorkerKind[];

  /**
   * The number of slices, each with all workers that run all the time. TheSchwartz lets any number of workers share a queue.
   * 999 at most; from 20 on, a release takes a tenth of them at a time.
   *
   * @default 1
   */
  readonly slices?: number;

  /**
   * The image that has the workers' programs.
   *
   * @default ghcr.io/cdk8s-slices/theschwartz:1.12
   */
  readonly image?: string;

  /**
   * Whether a small init, `/bin/sh` with a program of the library's, runs each worker.
   *
   * Write false for images without a shell. Their workers need a handler for SIGTERM, and should not end by design: Kubernetes waits up to
   * five minutes before it starts one again.
   *
   * @default true
   */
  readonly init?: boolean;

  /**
   * The user that the workers run as.
   *
   * @default - the image's own, which has to be a number
   */
  readonly user?: number;

  /**
   * The queue in which the jobs wait: `JobQueue.theSchwartz({ database: db })`, `JobQueue.table({ … })` or `JobQueue.redisList({ … })`.
   *
   * @default - the commands find their jobs by themselves, as in a database of `uses`
   */
  readonly queue?: JobQueue;

  /**
   * Roles that the workers connect to. Each gives them addresses and credentials in the environment.
   *
   * @default - nothing but the queue
   */
  readonly uses?: IConnectable[];

  /**
   * Connections of the workers out of the cluster, as to send mail or to import.
   *
   * @default - nothing
   */
  readonly egress?: Egress[];

  /**
   * More of the environment. The program gets each value exactly as it is written here: `$(NAME)` is not replaced.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;

  /**
   * Files, by their path. A change of one is a roll-out.
   *
   * @default - none
   */
  readonly files?: Record<string, string>;

  /**
   * Secrets of the site, `dfw-<name>`, and the keys of each, which are put in the environment under their own names.
   *
   * `cdk8s-slices secrets` makes each value up that lacks: 32 random letters and digits. Write values here that only the site knows, such as
   * a session key; a value that somebody else has given you belongs in `existingSecrets`.
   *
   * @default - none but those of `uses`
   */
  readonly secrets?: Record<string, string[]>;

  /**
   * Variables from Secrets that others make, as an operator or the owner of an account: `{ STRIPE_KEY: { secret: 'stripe', key: 'api-key' } }`.
   *
   * The command that makes Secrets never makes these values up. It names each that is missing, and slices wait for it.
   *
   * @default - none
   */
  readonly existingSecrets?: Record<string, ExistingSecret>;

  /**
   * Files whose content is a secret, by their path: a key, or a configuration that has a password in it.
   *
   * Slices wait for the content, which somebody puts there, unless the file says `generate`. A slice sees a new value once it is started
   * again.
   *
   * @default - none
   */
  readonly secretFiles?: Record<string, SecretFile>;
}

/**
 * Workers that do jobs of a queue, or run by the clock.
 *
 * A role that names it in `uses` can put jobs into its queue. No job is lost when a worker dies: with TheSchwartz it is run again.
 */
@checked
export class JobWorkers extends Role {
  /** The Deployment of the slices; none where no kind runs all the time. */
  public readonly deployment: k8s.KubeDeployment | undefined;
  /** The Deployments of the kinds that scale, by the kinds' names. */
  public readonly scaledDeployments: Record<string, k8s.KubeDeployment>;
  /** The Deployments of the kinds that are `apart`, by the kinds' names. */
  public readonly apartDeployments: Record<string, k8s.KubeDeployment>;
  /** The CronJobs of the kinds that have a schedule, by the kinds' names. */
  public readonly cronJobs: Record<string, k8s.KubeCronJob>;
  /** The Job that makes the queue where it lacks; none for a table of the site's own. */
  public readonly setUpJob: k8s.KubeJob | undefined;
  private readonly waitsFor: k8s.EnvVar[] = [];
  /** @internal */
  public readonly _queue: QueuePlan | undefined;

  constructor(scope: Construct, id: string, props: JobWorkersProps) {
    const { slices = 1 } = props;
    const workers = placedWorkers(props.workers, props.ram, slices);
    super(scope, id, { ...props, slices, alike: true, beside: !workers.some(runsAlways) });
    const image = props.image ?? 'ghcr.io/cdk8s-slices/theschwartz:1.12';
    checkImage(this, 'image', image);
    if (props.user !== undefined) checkUser(this, 'user', props.user);
    this._queue = props.queue?._engine.plan(this);
    const given = this._queue?.offer.env ?? [];
    const init = props.init === false ? undefined : initParts(this);
    const folders = ['/tmp', ...(init ? [INIT_FOLDER] : [])];
    const program = programOf(this, props, { names: given.map(({ name }) => name), folders });
    const outside = (props.egress ?? []).flatMap((each) => each._of(this, 'egress'));
    allowOutside(this, outside);
    const plan = planWorkers(this, workers, slices);
    this._clients = clientsOf(plan);
    const pods = new WorkerPods(this, {
      image,
      user: props.user,
      init,
      waitsFor: this.waitsFor,
      program: { ...program, env: [...given, ...program.env] },
      uses: [...(this._queue ? [this._queue.uses] : []), ...(props.uses ?? [])],
      outside,
    });
    this.deployment = plan.fixed.length > 0 ? this.addSlices(pods, plan) : undefined;
    this.scaledDeployments = Object.fromEntries(plan.scaled.map((kind) => [kind.name, pods.scaled(kind)]));
    this.apartDeployments = Object.fromEntries(plan.apart.map((kind) => [kind.name, pods.apart(kind)]));
    this.cronJobs = Object.fromEntries(plan.scheduled.map((kind) => [kind.name, pods.scheduled(kind)]));
    this.setUpJob = this._queue?.setUp?.();
  }

  private addSlices(pods: WorkerPods, { fixed, reserved }: WorkerPlan): k8s.KubeDeployment {
    return deploySlices(this, {
      ...pods.fixed(fixed),
      reserved,
      givesUpDead: true,
      // A worker that dies as it starts stops a roll-out at the first slice.
      minReady: Duration.seconds(10),
    });
  }

  /** @internal */
  public override _binding(): Binding | undefined {
    return this._queue?.offer;
  }

  /**
   * Keeps the workers from starting until something has given this variable a value.
   *
   * @internal
   */
  public _waitFor(variable: k8s.EnvVar): void {
    // Each has a variable of its own.
    const number = this.waitsFor.length + 1;
    this.waitsFor.push(number === 1 ? variable : { ...variable, name: `${variable.name}_${number}` });
  }
}
