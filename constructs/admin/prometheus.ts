import { SERVICE_ACCOUNT } from '../../contract/agent-files';
import { Duration, Yaml } from 'cdk8s';
import { ALERTMANAGER_PORT } from './alertmanager';
import type { Exporter } from './exporter';
import { discovery } from './alike-slices';
import { KubeletFigures, kubeletFigures } from './kubelet-figures';
import { atPort } from './relabeling';
import type { RemoteWrite } from './remote-write';
import { Telling, ruleGroups } from './rules';
import type { Scrape } from '../core/monitor';
import { problem } from '../core/problems';
import type { Role } from '../core/role';

/** Below this Prometheus has no room for a site's series beside its own 72 MiB. */
export const LEAST_MEBIBYTES = 256;

/**
 * Below this a volume has no room for figures beside the write-ahead log, which keeps at least three segments of 128 MiB (Prometheus'
 * manual, "Storage"). A volume of 1 MiB would be given a bound of 0, which means no bound.
 */
export const LEAST_VOLUME_MEBIBYTES = 512;

const KUBELET_PORT = 10250;

/** How often figures are read, and rules looked at, where nothing else is said. */
export const EVERY = '15s';

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

const MOST_HOURS = 87_600;

/** `--storage.tsdb.retention.time`, in whole hours. */
export function retentionHours(admin: Role, retention: Duration): number {
  const hours = retention.toHours({ integral: false });
  const whole = Math.max(1, Math.ceil(hours));
  // For Prometheus, 0 is no bound.
  if (hours !== whole || whole > MOST_HOURS)
    problem(admin, 'retention', retention, `write whole hours, as Duration.hours(${Math.min(whole, MOST_HOURS)})`);
  return whole;
}

const ALERTMANAGER = `127.0.0.1:${ALERTMANAGER_PORT}`;

/** prometheus.yml of a site. */
export function configuration(
  roles: Role[],
  namespaces: string[],
  exporter: Exporter,
  ram: number,
  { told }: Telling,
  remoteWrite?: RemoteWrite,
): string {
  const { external_labels, ...further } = remoteWrite?.settings() ?? {};
  const scraped = roles.reduce((sum, role) => sum + role._scrapes.length * role.slices.length, 0);
  const targets = scraped + exporter.targets;
  return Yaml.stringify({
    global: {
      scrape_interval: EVERY,
      evaluation_interval: EVERY,
      // One program that goes wild must not take the RAM of all: a target beyond its share is dropped, and told of. The
      // kubelets of four nodes, asked for four things each, are counted as sixteen.
      sample_limit: Math.floor(seriesLimit(ram) / (targets + 16)),
      ...(external_labels ? { external_labels } : {}),
    },
    ...further,
    rule_files: ['rules.yml'],
    ...(told ? { alerting: { alertmanagers: [{ static_configs: [{ targets: [ALERTMANAGER] }] }] } } : {}),
    scrape_configs: [
      ...kubeletFigures(roles, namespaces).map(kubelet),
      ...roles.flatMap((role) => role._scrapes.map((scrape) => slices(role, scrape))),
      ...exporter.scrapes(),
      ...(told ? [alertmanager()] : []),
    ],
  });
}

/**
 * Figures of the pods on each node, from its kubelet. Prometheus asks kubelets directly: asking through the API server would take the right
 * to run commands in every pod. Most clusters' kubelets sign their certificates themselves, so these are not verified. A kubelet sees the
 * token, which lets its bearer read these figures and no more.
 */
function kubelet({ name, path, interval, timeout, relabelings }: KubeletFigures): object {
  return {
    job_name: `kubelet-${name}`,
    ...(interval === EVERY ? {} : { scrape_interval: interval }),
    ...(timeout === undefined ? {} : { scrape_timeout: timeout }),
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
  if (role._alike) return { job_name: `${role.name}-${port}`, metrics_path: path, ...discovery(role, [atPort(port)]) };
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

/** rules.yml of a site. */
export function rules(roles: Role[], telling: Telling): string {
  return Yaml.stringify({ groups: ruleGroups(roles, telling) });
}
