import { SERVICE_ACCOUNT } from '../../contract/agent-files';
import { ApiObject, Yaml } from 'cdk8s';
import { ALERTMANAGER_PORT } from './alertmanager';
import type { Exporter } from './exporter';
import { SLICES_MISSING, discovery, limits, podsOf } from './alike-slices';
import type { Alert, Scrape } from '../core/monitor';
import type { Role } from '../core/role';
import { ALERTS, MESSAGES_FAIL, SLICES, SLICE_DOWN, WATCHDOG } from './slice-rules';

/** Below this Prometheus has no room for a site's series beside its own 72 MiB. */
export const LEAST_MEBIBYTES = 256;

/**
 * Below this a volume has no room for figures beside the write-ahead log, which keeps at least three segments of 128 MiB (Prometheus'
 * manual, "Storage"). A volume of 1 MiB would be given a bound of 0, which means no bound.
 */
export const LEAST_VOLUME_MEBIBYTES = 512;

const KUBELET_PORT = 10250;

/**
 * How many series there may be, for RAM in MiB: half of it at 16 KiB each.
 *
 * Measured on 3.5.3: 72 MiB resident with no series, 118 MiB with 16,000 in their first minutes, so 3 KiB each. Five times that is kept:
 * for the series of former pods, which stay up to three hours, for compaction and for queries.
 */
export function seriesLimit(ram: number): number {
  return Math.floor((ram * 1024) / 2 / 16);
}

/** `--query.max-samples`: at 16 bytes a sample (Prometheus' own figure), an eighth of the RAM, given in MiB. */
export function sampleLimit(ram: number): number {
  return Math.floor((ram * 1024 * 1024) / 8 / 16);
}

/** `--storage.tsdb.retention.size`, in MB: four fifths of the volume, as the write-ahead log comes on top of it. */
export function retentionSize(volume: number): number {
  return Math.floor(volume * 0.8);
}

/** How alerts reach people. */
export interface Telling {
  /** Whether Alertmanager sends messages. */
  readonly told: boolean;
  /** Whether there is a dead man's switch. */
  readonly watched: boolean;
  /** The page that has a section for each alert. */
  readonly runbooks: string;
}

const ALERTMANAGER = `127.0.0.1:${ALERTMANAGER_PORT}`;

/** prometheus.yml of a site. */
export function configuration(
  roles: Role[],
  namespaces: string[],
  exporter: Exporter,
  ram: number,
  { told }: Telling,
): string {
  const scraped = roles.reduce((sum, role) => sum + role._scrapes.length * role.slices.length, 0);
  const targets = scraped + exporter.targets;
  const alike = roles.filter(({ _alike }) => _alike);
  const keep = (regex: string) => [
    { source_labels: ['namespace'], regex: namespaces.join('|'), action: 'keep' },
    { source_labels: ['__name__'], regex, action: 'keep' },
    ...alike.map((role) => ({ source_labels: ['pod'], regex: `(${podsOf(role)})`, target_label: 'slice' })),
    // dfw-db-1 is the pod of the slice dfw-db01.
    { source_labels: ['pod'], regex: '(.+)-(\\d)', target_label: 'slice', replacement: '${1}0${2}' },
    { source_labels: ['pod'], regex: '(.+)-(\\d\\d)', target_label: 'slice', replacement: '${1}${2}' },
  ];
  return Yaml.stringify({
    global: {
      scrape_interval: '15s',
      evaluation_interval: '15s',
      // One program that goes wild must not take the RAM of all: a target beyond its share is dropped, and told of. The
      // kubelets of four nodes, asked for four things each, are counted as sixteen.
      sample_limit: Math.floor(seriesLimit(ram) / (targets + 16)),
    },
    rule_files: ['rules.yml'],
    ...(told ? { alerting: { alertmanagers: [{ static_configs: [{ targets: [ALERTMANAGER] }] }] } } : {}),
    scrape_configs: [
      kubelet(
        'memory',
        '/metrics/resource',
        keep('(pod|container)_memory_working_set_bytes|container_start_time_seconds'),
        OFTEN,
      ),
      kubelet('probes', '/metrics/probes', keep('prober_probe_total'), OFTEN),
      kubelet('pods', '/metrics/cadvisor', [...keep('container_start_time_seconds'), ...PODS], {
        scrape_interval: '1m',
      }),
      kubelet('volumes', '/metrics', [
        {
          source_labels: ['persistentvolumeclaim'],
          regex: '[^-]+-(.+-\\d+)',
          target_label: 'pod',
          replacement: '${1}',
        },
        ...keep('kubelet_volume_stats_(available|capacity)_bytes'),
      ]),
      ...roles.flatMap((role) => role._scrapes.map((scrape) => slices(role, scrape))),
      ...exporter.scrapes(),
      ...(told ? [alertmanager()] : []),
    ],
  });
}

/** A slice's death is noticed by these figures, and has to be told of within 90 seconds. */
const OFTEN = { scrape_interval: '10s', scrape_timeout: '5s' };

/**
 * Of each pod its group of processes (cgroup), whose name ends with the pod's uid: the only figure of a kubelet that tells a new pod from
 * a container that was started again, whether it has probes or not.
 */
const PODS = [
  { source_labels: ['id'], regex: '.*pod[0-9a-f_-]+(\\.slice)?', action: 'keep' },
  { source_labels: ['id'], target_label: 'pod_uid' },
  { target_label: '__name__', replacement: 'pod_start_time_seconds' },
  { regex: 'id|image|name|container', action: 'labeldrop' },
];

/**
 * Figures of the pods on each node, from its kubelet. Prometheus asks kubelets directly: asking through the API server would take the right
 * to run commands in every pod. Most clusters' kubelets sign their certificates themselves, so these are not verified. A kubelet sees the
 * token, which lets its bearer read these figures and no more.
 */
function kubelet(name: string, path: string, relabelings: object[], timing: object = {}): object {
  return {
    job_name: `kubelet-${name}`,
    ...timing,
    scheme: 'https',
    metrics_path: path,
    // Series of a pod that is gone end at once, where its own times would keep them for five minutes.
    honor_timestamps: false,
    authorization: { credentials_file: `${SERVICE_ACCOUNT}/token` },
    tls_config: { insecure_skip_verify: true },
    kubernetes_sd_configs: [{ role: 'node' }],
    relabel_configs: [
      {
        source_labels: ['__address__'],
        regex: '(.+):\\d+',
        target_label: '__address__',
        replacement: `\${1}:${KUBELET_PORT}`,
      },
    ],
    metric_relabel_configs: relabelings,
  };
}

function slices(role: Role, { port, path }: Scrape): object {
  const address = {
    source_labels: ['__meta_kubernetes_pod_ip'],
    target_label: '__address__',
    replacement: `\${1}:${port}`,
  };
  if (role._alike) return { job_name: `${role.name}-${port}`, metrics_path: path, ...discovery(role, [address]) };
  return {
    job_name: `${role.name}-${port}`,
    metrics_path: path,
    static_configs: role.slices.map((slice) => ({
      targets: [`${slice.podName}.${role._address(role.name)}:${port}`],
      labels: { role: role.name, slice: slice.name },
    })),
  };
}

function alertmanager(): object {
  return {
    job_name: 'alertmanager',
    static_configs: [{ targets: [ALERTMANAGER] }],
    metric_relabel_configs: [
      { source_labels: ['__name__'], regex: 'alertmanager_notifications(_failed)?_total', action: 'keep' },
    ],
  };
}

/** rules.yml of a site: the figures and alerts of every slice, and the additions of its role. */
export function rules(roles: Role[], { told, watched, runbooks }: Telling): string {
  const own = roles.filter((role) => role._alerts.length > 0);
  return Yaml.stringify({
    groups: [
      {
        name: 'slices',
        interval: '5s',
        rules: [...roles.flatMap((role) => listed(role)), ...SLICES, alert(runbooks, SLICE_DOWN)],
      },
      {
        name: 'alerts',
        rules: [
          ...ALERTS,
          ...(roles.some(({ _alike }) => _alike) ? [SLICES_MISSING] : []),
          ...(told ? [MESSAGES_FAIL] : []),
          ...(watched ? [WATCHDOG] : []),
        ].map((each) => alert(runbooks, each)),
      },
      ...own.map((role) => ({ name: role.name, rules: role._alerts.map((each) => alert(runbooks, each, role)) })),
    ],
  });
}

/** The site's own list of slices, so that a missing one is noticed. Slices that come with the load are marked. */
function listed(role: Role): object[] {
  const containers = containersOf(role);
  if (role._alike) return limits(role, containers);
  return role.slices.flatMap((slice, index) => {
    const labels = { slice: slice.name, role: role.name, ...(index < role._always ? {} : { scaled: 'yes' }) };
    return [
      { record: 'slice:ram_limit:bytes', expr: `vector(${slice.ram.toKibibytes() * 1024})`, labels },
      { record: 'slice:containers:count', expr: `vector(${containers})`, labels },
    ];
  });
}

/** How many containers run in a pod of a slice, sidecars included; at least one, where others make its pods. */
function containersOf(role: Role): number {
  const templates = role.chart.node.findAll().flatMap((each): PodTemplate[] => {
    const template = ApiObject.isApiObject(each) ? each.toJson().spec?.template : undefined;
    const labels = template?.metadata?.labels ?? {};
    return Object.entries(role._selector).every(([key, value]) => labels[key] === value) ? [template] : [];
  });
  const counts = templates.map(({ spec: { containers = [], initContainers = [] } }) => {
    const sidecars = initContainers.filter((each) => each.restartPolicy === 'Always');
    return containers.length + sidecars.length;
  });
  return Math.max(1, ...counts);
}

interface PodTemplate {
  readonly spec: { readonly containers?: object[]; readonly initContainers?: { readonly restartPolicy?: string }[] };
}

/** The role is a label of the rule too, as two pairs have rules of the same names. */
function alert(runbooks: string, { name, expr, for: lasting, severity, summary }: Alert, role?: Role): object {
  const labels = { severity, ...(role ? { role: role.name } : {}) };
  const annotations = { summary, runbook_url: `${runbooks}#${name.toLowerCase()}` };
  return { alert: name, expr, for: lasting, labels, annotations };
}
