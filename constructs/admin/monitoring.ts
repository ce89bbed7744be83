import { checked } from '../core/inputs/checked';
import { checkLabels } from '../core/labels';
import { checkName } from '../core/problems';
import type { Role } from '../core/role';

/** Properties for `Monitoring.operator`. */
export interface OperatorMonitoringProps {
  /**
   * The namespace of the operator's Prometheus. The network policies let its pods in, and nobody else there.
   *
   * @default monitoring
   */
  readonly namespace?: string;

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
    const { namespace = 'monitoring', labels = {} } = this.props;
    checkName(admin, 'monitoring.namespace', namespace);
    checkLabels(admin, 'monitoring.labels', labels);
    return { namespace, labels };
  }
}
