import { Alert, inTotal } from '../core/monitor';

const READINESS = 'prober_probe_total{probe_type="Readiness"';

/** The figures of every slice. */
export const SLICES = [
  {
    record: 'slice:ram_used:ratio',
    expr: 'sum by (slice) (pod_memory_working_set_bytes) / on (slice) group_right () slice:ram_limit:bytes',
  },
  {
    // 1 where all of its containers run now, as a kubelet lists none that has ended. One that ends as soon as it was started is
    // never listed; its pod is.
    record: 'slice:runs:bool',
    expr: `(
  count by (slice) (count by (slice, container) (container_start_time_seconds))
  or on (slice) count by (slice) (pod_memory_working_set_bytes) * 0
) >= bool on (slice) max by (slice) (slice:containers:count)`,
  },
  {
    // 1 where its containers run, and each that has a readiness probe passed it within the last minute; else 0.
    record: 'slice:up',
    expr: `max by (slice, role) (
  (
    slice:runs:bool * on (slice) min by (slice) (
      sum by (slice, container) (increase(${READINESS},result="successful"}[1m]) or increase(${READINESS}}[1m]) * 0) > bool 0
    )
    or on (slice) slice:runs:bool
    or on (slice) slice:ram_limit:bytes{scaled=""} * 0
  ) + on (slice) group_right () slice:ram_limit:bytes * 0
)`,
  },
];

export const SLICE_DOWN: Alert = {
  name: 'SliceDown',
  // A slice that a Deployment has replaced may take minutes to finish its job, and some of its workers have ended by then.
  expr: 'slice:up == 0 unless on (role) count by (role) (slice:up == 1) >= on (role) role:slices:count',
  // With the scrape and the delivery it is told of within 90 seconds; a slice of a release is ready again sooner.
  for: '45s',
  severity: 'critical',
  summary:
    '{{ $labels.slice }} has not been ready for 45 seconds: see kubectl describe on its pod, its log, and whether its node is Ready',
};

/**
 * The alerts of any site.
 *
 * @param own Selects the site's own series of figures that others have under the same names.
 */
export function sharedAlerts(own = ''): Alert[] {
  return [
    {
      name: 'SliceNearItsRam',
      expr: 'slice:ram_used:ratio > 0.95',
      for: '5m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} uses {{ $value | humanizePercentage }} of its RAM; at 100 % a container of it is killed: give it more RAM, or less to do',
    },
    {
      name: 'SliceRestarts',
      // Beyond the starts that a new pod of the same name, as in a release, explains.
      expr: `sum by (slice, container) (
  sum by (slice, pod, container) (changes(container_start_time_seconds[15m]))
  > on (slice, pod) group_left () (count by (slice, pod) (last_over_time(pod_start_time_seconds[15m])) - 1)
)`,
      // A new pod is seen up to a minute after its containers, and leaves the 15 minutes as much later.
      for: '2m',
      severity: 'warning',
      summary:
        '{{ $labels.container }} on {{ $labels.slice }} was started again within 15 minutes: it ended, or was killed for its memory or by its probe: kubectl describe says which, kubectl logs --previous why',
    },
    {
      name: 'VolumeNearlyFull',
      expr: `kubelet_volume_stats_available_bytes${own} / kubelet_volume_stats_capacity_bytes${own} < 0.1`,
      for: '5m',
      severity: 'critical',
      summary:
        '{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} of its space left: let it grow, if its storage class can, or take something off it',
    },
    {
      name: 'FiguresMissing',
      expr: inTotal(`up${own}`, '== bool 0', 5, 15),
      for: '0s',
      severity: 'warning',
      summary:
        '{{ $labels.job }} does not answer at {{ $labels.instance }}, so no alert of its can fire: see the page /targets of Prometheus for the reason',
    },
  ];
}

/** Where there is somebody who is told. */
export const MESSAGES_FAIL: Alert = {
  name: 'MessagesFail',
  expr: 'sum by (integration) (increase(alertmanager_notifications_failed_total[15m])) > 0',
  for: '0s',
  severity: 'critical',
  summary:
    'messages by {{ $labels.integration }} were not taken, so that who reads them is not told of alerts: see the log of the container alertmanager, and whether the Secret has the right value',
};

/** Where there is a dead man's switch. */
export const WATCHDOG: Alert = {
  name: 'Watchdog',
  expr: 'vector(1)',
  for: '0s',
  severity: 'warning',
  summary: 'this alert always fires: when it no longer comes, the Admin is down, so see why its pod is not ready',
};
