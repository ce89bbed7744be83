import { k8s, keda } from '../core/imports';
import type { QueueDepthScalingProps } from './job-scaling';
import type { JobWorkers } from './job-workers';
import { allowFromNamespace } from '../core/network';
import { AuxiliaryPods } from '../core/pod-group';
import { checkName, problem, wholeSeconds } from '../core/problems';
import { QueuePlan } from './queue-engine';
import { Scaler } from './scaler';

/** Names in KEDA's `mysql` trigger of the variables in the queue's environment. */
const PARAMETERS: Record<string, string> = {
  QUEUE_DB_HOST: 'host',
  QUEUE_DB_PORT: 'port',
  QUEUE_DB_NAME: 'dbName',
  QUEUE_DB_USER: 'username',
  QUEUE_DB_PASSWORD: 'password',
};
const NAME = /^[A-Za-z0-9_:.-]{1,255}$/;

/** KEDA, which asks the queue's database. */
export class QueueDepthScaler extends Scaler {
  constructor(private readonly props: QueueDepthScalingProps) {
    super(props);
  }

  public override scale(workers: JobWorkers, kind: string, party: AuxiliaryPods): void {
    const { jobsPerWorker, kedaNamespace } = this.props;
    const at = `workers.${kind}.scale`;
    if (!(jobsPerWorker >= 1 && jobsPerWorker < Infinity))
      problem(workers, `${at}.jobsPerWorker`, jobsPerWorker, 'write 1 or more');
    if (kedaNamespace !== undefined) checkName(workers, `${at}.kedaNamespace`, kedaNamespace);
    const queue = workers._queue;
    if (!queue) {
      const instead = 'there is no queue to count the jobs of; give queue, or scale by JobScaling.cpu()';
      return problem(workers, at, 'by queue depth', instead);
    }
    this.checkNames(workers, at, queue);
    this.addObjects(workers, kind, party, queue);
  }

  private checkNames(workers: JobWorkers, at: string, { countedBy }: QueuePlan): void {
    const { functions, queues } = this.props;
    if (countedBy !== 'functions' && functions)
      problem(workers, `${at}.functions`, functions, 'functions are those of TheSchwartz; leave them out');
    if (countedBy === 'functions' && queues)
      problem(workers, `${at}.queues`, queues, 'queues are those of a table; name functions');
    if (countedBy === undefined && queues)
      problem(workers, `${at}.queues`, queues, 'the table has one; give its queueColumn, or leave them out');
    const needed = countedBy === 'functions' ? (functions ?? []) : undefined;
    if (needed?.length === 0) problem(workers, `${at}.functions`, needed, 'name the functions whose jobs are counted');
    if (queues?.length === 0) problem(workers, `${at}.queues`, queues, 'name one or more, or leave them out');
    for (const name of functions ?? [])
      if (!NAME.test(name)) problem(workers, `${at}.functions`, name, "write a name such as 'Site::Worker::Import'");
    for (const name of queues ?? [])
      if (!NAME.test(name)) problem(workers, `${at}.queues`, name, "write a name such as 'default'");
  }

  private addObjects(workers: JobWorkers, kind: string, party: AuxiliaryPods, queue: QueuePlan): void {
    const { env, ports, at } = queue.offer;
    const metadata = party._metadata(party.name);
    // The label that both KEDA's chart and its release manifest give the operator's pods.
    const operator = { app: 'keda-operator' };
    allowFromNamespace(at ?? queue.database, this.props.kedaNamespace ?? 'keda', operator, ports);
    new keda.TriggerAuthentication(workers.chart, `credentials-${kind}`, {
      metadata,
      spec: { secretTargetRef: secretReferences(env) },
    });
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
        triggers: [
          {
            type: 'mysql',
            metadata: {
              ...plainValues(env),
              query: queue.depthQuery(this.names(queue)),
              queryValue: String(this.props.jobsPerWorker),
            },
            authenticationRef: { name: party.name },
          },
        ],
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

function secretReferences(env: k8s.EnvVar[]): { parameter: string; name: string; key: string }[] {
  return env.flatMap(({ name, valueFrom }) => {
    const parameter = PARAMETERS[name];
    const secret = valueFrom?.secretKeyRef;
    return parameter && secret?.name ? [{ parameter, name: secret.name, key: secret.key }] : [];
  });
}

/** The trigger has no default for the port. */
function plainValues(env: k8s.EnvVar[]): Record<string, string> {
  const found = env.flatMap(({ name, value }) => {
    const parameter = PARAMETERS[name];
    return parameter && value !== undefined ? [[parameter, value] as const] : [];
  });
  const given = env.some(({ name }) => name === 'QUEUE_DB_PORT');
  return { ...(given ? {} : { port: '3306' }), ...Object.fromEntries(found) };
}
