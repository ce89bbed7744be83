import { podsOf } from './alike-slices';
import { Relabeling, numbered } from './relabeling';
import type { Role } from '../core/role';

/** A page of figures of each kubelet, and the part of it that a site is about. */
export interface KubeletFigures {
  readonly name: string;
  readonly path: string;
  /** How often it is read: `15s`. */
  readonly interval: string;
  readonly timeout?: string;
  readonly relabelings: Relabeling[];
}

/** A slice's death is noticed by these figures, and has to be told of within 90 seconds. */
const OFTEN = { interval: '10s', timeout: '5s' };

/**
 * Of each pod its group of processes (cgroup), whose name ends with the pod's uid: the only figure of a kubelet that tells a new pod from
 * a container that was started again, whether it has probes or not.
 */
const PODS: Relabeling[] = [
  { source_labels: ['id'], regex: '.*pod[0-9a-f_-]+(\\.slice)?', action: 'keep' },
  { source_labels: ['id'], target_label: 'pod_uid' },
  { target_label: '__name__', replacement: 'pod_start_time_seconds' },
  { regex: 'id|image|name|container', action: 'labeldrop' },
];

/** The pods of a site as the kubelets see them. */
export function kubeletFigures(roles: Role[], namespaces: string[]): KubeletFigures[] {
  const alike = roles.filter(({ _alike }) => _alike);
  const keep = (regex: string): Relabeling[] => [
    { source_labels: ['namespace'], regex: namespaces.join('|'), action: 'keep' },
    { source_labels: ['__name__'], regex, action: 'keep' },
    ...alike.map((role) => ({ source_labels: ['pod'], regex: `(${podsOf(role)})`, target_label: 'slice' })),
    ...numbered('pod'),
  ];
  return [
    {
      name: 'memory',
      path: '/metrics/resource',
      ...OFTEN,
      relabelings: keep(
        '(pod|container)_memory_working_set_bytes|container_start_time_seconds|pod_cpu_usage_seconds_total',
      ),
    },
    { name: 'probes', path: '/metrics/probes', ...OFTEN, relabelings: keep('prober_probe_total') },
    {
      name: 'pods',
      path: '/metrics/cadvisor',
      interval: '1m',
      relabelings: [...keep('container_start_time_seconds'), ...PODS],
    },
    {
      name: 'volumes',
      path: '/metrics',
      interval: '15s',
      relabelings: [
        {
          source_labels: ['persistentvolumeclaim'],
          regex: '[^-]+-(.+-\\d+)',
          target_label: 'pod',
          replacement: '${1}',
        },
        ...keep('kubelet_volume_stats_(available|capacity)_bytes'),
      ],
    },
  ];
}
