import { atATime } from './at-a-time';
import { k8s } from './imports';
import { podTemplate } from './pod';
import { Role } from './role';
import { Workload, addDisruptionBudget, checkSlices } from './workload';

/** The workload on slices of which any does as well as any other. */
export type AlikeWorkload = Omit<Workload, 'claims' | 'answersUnready' | 'ports'>;

/**
 * One Deployment with a pod for each slice. Kubernetes never replaces a StatefulSet's pod on a node that is merely gone, since two pods of
 * one name would be two owners of one volume. Pods of a Deployment own nothing, and another takes the place of a lost one.
 */
export function deploySlices(role: Role, workload: AlikeWorkload): k8s.KubeDeployment {
  addDisruptionBudget(role);
  const deployment = new k8s.KubeDeployment(role.chart, 'slices', {
    metadata: role._metadata(role.name),
    spec: {
      ...(workload.scaled ? {} : { replicas: role.slices.length }),
      ...(workload.minReady ? { minReadySeconds: workload.minReady.toSeconds() } : {}),
      strategy: replacing(role.slices.length),
      selector: { matchLabels: role._selector },
      template: podTemplate(role, role._labels, {
        ...workload,
        spread: true,
        replaceable: true,
        most: role._ram - (workload.reserved ?? 0),
      }),
    },
  });
  checkSlices(role, deployment, workload);
  return deployment;
}

/** A release starts no pod before it has stopped another: there is RAM for the slices, and for no more. */
export function replacing(slices: number): k8s.DeploymentStrategy {
  return {
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(0), maxUnavailable: atATime(slices) },
  };
}
