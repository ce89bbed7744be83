import { checked } from '../core/inputs/checked';
import { defined } from '../core/container';
import { checkLabels } from '../core/labels';
import { checkName } from '../core/problems';
import type { Role } from '../core/role';
import { checkObjectName } from '../core/values';

/** Properties for `Monitoring.operator`. */
export interface OperatorMonitoringProps {
  /**
   * The namespace of the operator's Prometheus. The network policies let its pods in, and nobody else there.
   *
   * @default monitoring
   */
  readonly namespace?: string;

  /**
   * The name of that Prometheus' resource, as `kubectl get prometheus` has it. `cdk8s-slices release` asks it for errors and p95.
   *
   * @default - the only one of the namespace; where there are several, `release` wants a name
   */
  readonly prometheus?: string;

  /**
   * Labels by which that Prometheus chooses its monitors and rules. The chart kube-prometheus-stack wants `{ release: NAME }`, with the
   * name of its release.
   *
   * @default - none; that Prometheus takes all
   */
  readonly labels?: Record<string, string>;
}

/** Where the Prometheus operator's Prometheus is, and which objects it takes. */
export interface Operator {
  readonly namespace: string;
  /** None where it is the only one of the namespace. */
  readonly prometheus?: string;
  readonly labels: Record<string, string>;
}

/** The Prometheus that watches a site, where it is not Admin's own. */
@checked
export class Monitoring {
  /**
   * The Prometheus of a Prometheus operator that the cluster has. Admin writes PodMonitors, a ServiceMonitor and a PrometheusRule for it,
   * and runs no Prometheus of its own.
   *
   * Messages and retention are then the operator's, and the Grafana of the cluster shows the dashboards.
   */
  public static operator(props: OperatorMonitoringProps = {}): Monitoring {
    return new Monitoring(props);
  }

  private constructor(private readonly props: OperatorMonitoringProps) {}

  /** @internal */
  public _operatorFor(admin: Role): Operator {
    const { namespace = 'monitoring', prometheus, labels = {} } = this.props;
    checkName(admin, 'monitoring.namespace', namespace);
    if (prometheus !== undefined) checkObjectName(admin, 'monitoring.prometheus', prometheus);
    checkLabels(admin, 'monitoring.labels', labels);
    return { namespace, labels, ...defined({ prometheus }) };
  }
}
