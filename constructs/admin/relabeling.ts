import type { Role } from '../core/role';

/** A step that changes a target's labels, as `relabel_configs` of Prometheus has it. */
export interface Relabeling {
  readonly source_labels?: string[];
  readonly regex?: string;
  readonly target_label?: string;
  readonly replacement?: string;
  readonly action?: 'keep' | 'labeldrop';
}

/** Names slices by their pods: dfw-db-1 is the pod of the slice dfw-db01. */
export function numbered(pod: string): Relabeling[] {
  return [
    { source_labels: [pod], regex: '(.+)-(\\d)', target_label: 'slice', replacement: '${1}0${2}' },
    { source_labels: [pod], regex: '(.+)-(\\d\\d+)', target_label: 'slice', replacement: '${1}${2}' },
  ];
}

/**
 * Names the slice of a pod that Prometheus found. A pod without a fixed name that is not ready is left out: it has an alert of its own, and
 * on a dead node it is listed until the node is back.
 */
export function ofFound(role: Role): Relabeling[] {
  const pod = '__meta_kubernetes_pod_name';
  const alike: Relabeling[] = [
    { source_labels: ['__meta_kubernetes_pod_ready'], regex: 'true', action: 'keep' },
    { source_labels: [pod], target_label: 'slice' },
  ];
  return [...(role._alike ? alike : numbered(pod)), { target_label: 'role', replacement: role.name }];
}

/** Asks a pod that Prometheus found at this port. */
export function atPort(port: number): Relabeling {
  return { source_labels: ['__meta_kubernetes_pod_ip'], target_label: '__address__', replacement: `\${1}:${port}` };
}

/** Lets the exporter at an address ask a pod that Prometheus found. */
export function byExporter(address: string): Relabeling[] {
  return [
    { source_labels: ['__meta_kubernetes_pod_ip'], target_label: '__param_at' },
    { source_labels: ['slice'], target_label: 'instance' },
    { target_label: '__address__', replacement: address },
  ];
}
