import type { CpuScalingProps } from './job-scaling';
import type { JobWorkers } from './job-workers';
import { autoscale } from '../core/autoscaler';
import { AuxiliaryPods } from '../core/pod-group';
import { checkPercent, problem } from '../core/problems';
import { Scaler } from './scaler';

/** Kubernetes' own autoscaler. */
export class CpuScaler extends Scaler {
  constructor(private readonly props: CpuScalingProps) {
    super(props);
  }

  public override scale(workers: JobWorkers, kind: string, party: AuxiliaryPods): void {
    const { min, targetCpuPercent = 70 } = this.props;
    const at = `workers.${kind}.scale`;
    if (min === 0) {
      const instead = 'Kubernetes by itself keeps one; write 1 or more, or scale by JobScaling.queueDepth()';
      problem(workers, `${at}.min`, min, instead);
    }
    checkPercent(workers, `${at}.targetCpuPercent`, targetCpuPercent);
    autoscale(workers.chart, `autoscaler-${kind}`, party._metadata(party.name), {
      min: this.min,
      max: this.max,
      percent: targetCpuPercent,
    });
  }
}
