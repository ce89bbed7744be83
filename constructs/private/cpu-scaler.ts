import { k8s } from 'cdk8s-plus-34';
import type { CpuScalingProps } from '../job-scaling';
import type { JobWorkers } from '../job-workers';
import { PartyBeside } from './party';
import { checkPercent, problem } from './problems';
import { Scaler } from './scaler';

/** Kubernetes' own autoscaler. */
export class CpuScaler extends Scaler {
  constructor(private readonly props: CpuScalingProps) {
    super(props);
  }

  public override scale(workers: JobWorkers, kind: string, party: PartyBeside): void {
    const { min, targetPercent = 70 } = this.props;
    const at = `workers.${kind}.scale`;
    if (min === 0) {
      const instead = 'Kubernetes by itself keeps one; write 1 or more, or scale by JobScaling.queueDepth()';
      problem(workers, `${at}.min`, min, instead);
    }
    checkPercent(workers, `${at}.targetPercent`, targetPercent);
    const target = { type: 'Utilization', averageUtilization: targetPercent };
    new k8s.KubeHorizontalPodAutoscalerV2(workers.chart, `autoscaler-${kind}`, {
      metadata: party._metadata(party.name),
      spec: {
        minReplicas: this.min,
        maxReplicas: this.max,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: party.name },
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    });
  }
}
