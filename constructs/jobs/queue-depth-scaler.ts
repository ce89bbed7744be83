import { keda } from '../core/imports';
import type { QueueDepthScalingProps } from './job-scaling';
import type { JobWorkers } from './job-workers';
import { AuxiliaryPods } from '../core/pod-group';
import { checkName, problem, wholeSeconds } from '../core/problems';
import { QUEUE_NAME, QueuePlan } from './queue-engine';
import { Scaler } from './scaler';

/** With more, no queue would ever have a second worker. */
const MOST_JOBS = 1_000_000;

/** KEDA, which asks the queue's database or server. */
export class QueueDepthScaler extends Scaler {
  constructor(private readonly props: QueueDepthScalingProps) {
    super(props);
  }

  public override scale(workers: JobWorkers, kind: string, party: AuxiliaryPods): void {
    const { jobsPerWorker, kedaNamespace } = this.props;
    const at = `workers.${kind}.scale`;
    if (!Number.isInteger(jobsPerWorker) || jobsPerWorker < 1 || jobsPerWorker > MOST_JOBS)
      problem(workers, `${at}.jobsPerWorker`, jobsPerWorker, `write a whole number from 1 to ${MOST_JOBS}`);
    if (kedaNamespace !== undefined) checkName(workers, `${at}.kedaNamespace`, kedaNamespace);
    const queue = workers._queue;
    if (!queue) {
      const instead = 'there is no queue to count the jobs of; give queue, or scale by JobScaling.cpu()';
      return problem(workers, at, 'by queue depth', instead);
    }
    this.checkNames(workers, at, queue);
    this.addObjects(workers, kind, party, queue);
  }

  private checkNames(workers: JobWorkers, at: string, { countedBy, names: known }: QueuePlan): void {
    const { functions, queues } = this.props;
    if (countedBy !== 'functions' && functions)
      problem(workers, `${at}.functions`, functions, 'functions are those of TheSchwartz; leave them out');
    if (countedBy === 'functions' && queues)
      problem(workers, `${at}.queues`, queues, 'queues are those of a table or of lists; name functions');
    if (countedBy === undefined && queues)
      problem(workers, `${at}.queues`, queues, 'the table has one; give its queueColumn, or leave them out');
    const needed = countedBy === 'functions' ? (functions ?? []) : undefined;
    if (needed?.length === 0) problem(workers, `${at}.functions`, needed, 'name the functions whose jobs are counted');
    if (queues?.length === 0) problem(workers, `${at}.queues`, queues, 'name one or more, or leave them out');
    for (const name of functions ?? [])
      if (!QUEUE_NAME.test(name))
        problem(workers, `${at}.functions`, name, "write a name such as 'Site::Worker::Import'");
    for (const name of queues ?? [])
      if (!QUEUE_NAME.test(name)) problem(workers, `${at}.queues`, name, "write a name such as 'default'");
      else if (known && !known.includes(name))
        problem(workers, `${at}.queues`, name, `the queue has no such list; name ${known.join(', ')}`);
  }

  private addObjects(workers: JobWorkers, kind: string, party: AuxiliaryPods, queue: QueuePlan): void {
    const metadata = party._metadata(party.name);
    const { credentials } = queue;
    // The label that both KEDA's chart and its release manifest give the operator's pods.
    queue.letIn?.(this.props.kedaNamespace ?? 'keda', { app: 'keda-operator' });
    if (credentials.length > 0)
      new keda.TriggerAuthentication(workers.chart, `credentials-${kind}`, {
        metadata,
        spec: { secretTargetRef: credentials },
      });
    const authenticated = credentials.length > 0 ? { authenticationRef: { name: party.name } } : {};
    const triggers = queue.triggers(this.names(queue), this.props.jobsPerWorker);
    new keda.ScaledObject(workers.chart, `autoscaler-${kind}`, {
      metadata,
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: party.name },
        ...this.times(workers, kind),
        minReplicaCount: this.min,
        maxReplicaCount: this.max,
        // As many as there are go on while the database does not answer, as during a failover.
        fallback: {
          failureThreshold: 3,
          replicas: Math.max(1, this.min),
          behavior: keda.ScaledObjectSpecFallbackBehavior.CURRENT_REPLICAS_IF_HIGHER,
        },
        triggers: triggers.map((each) => ({ ...each, ...authenticated })),
      },
    });
  }

  private names({ countedBy }: QueuePlan): string[] {
    return (countedBy && this.props[countedBy]) ?? [];
  }

  private times(workers: JobWorkers, kind: string): Pick<keda.ScaledObjectSpec, 'pollingInterval' | 'cooldownPeriod'> {
    const seconds = (property: 'pollingInterval' | 'cooldownPeriod') => {
      const given = this.props[property];
      if (!given) return {};
      const whole = wholeSeconds(workers, `workers.${kind}.scale.${property}`, given);
      if (whole < 1) problem(workers, `workers.${kind}.scale.${property}`, given, 'write a second or more');
      return { [property]: whole };
    };
    return { ...seconds('pollingInterval'), ...seconds('cooldownPeriod') };
  }
}
