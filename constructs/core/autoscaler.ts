import { k8s } from './imports';
import { Construct } from 'constructs';

/** The number of pods, and how much of the CPU that they ask for they are to take, in percent. */
export interface Autoscaling {
  readonly min: number;
  readonly max: number;
  readonly percent: number;
}

/** Kubernetes' own autoscaler, of the Deployment that is called as it is. */
export function autoscale(
  scope: Construct,
  id: string,
  metadata: k8s.ObjectMeta,
  { min, max, percent }: Autoscaling,
): k8s.KubeHorizontalPodAutoscalerV2 {
  const target = { type: 'Utilization', averageUtilization: percent };
  return new k8s.KubeHorizontalPodAutoscalerV2(scope, id, {
    metadata,
    spec: {
      minReplicas: min,
      maxReplicas: max,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name as string },
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    },
  });
}
