import { k8s } from 'cdk8s-plus-34';
import type { CpuScalingProps } from '../job-scaling';
import type { JobWorkers } from '../job-workers';
import { PartyBeside } from './party';
import { Scaler } from './scaler';

/** Kubernetes' own autoscaler. */
export class CpuScaler extends Scaler {
  constructor(private readonly props: CpuScalingProps) {
    super(props);
  }

  public override scale(workers: JobWorkers, kind: string, party: PartyBeside): void {
    const target = { type: 'Utilization', averageUtilization: this.props.targetPercent ?? 70 };
    new k8s.KubeHorizontalPodAutoscalerV2(workers.chart, `autoscaler-${kind}`, {
      metadata: party._metadata(party.name),
      spec: {
        // None at all is a feature that Kubernetes leaves off.
        minReplicas: Math.max(1, this.min),
        maxReplicas: this.max,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: party.name },
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    });
  }
}
