import { Duration, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { grafana, page } from './dashboards';
import {
  LEAST_MEBIBYTES,
  LEAST_VOLUME_MEBIBYTES,
  configuration,
  retentionSize,
  rules,
  sampleLimit,
} from './prometheus';
import { ALERTMANAGER_MEBIBYTES, Alertmanager } from './alertmanager';
import { Notify } from './notify';
import { TOKEN_MOUNT, allowCronJobs, allowKubelets, token } from './admin-rights';
import { CommonProps } from '../core/common-props';
import { allowDiscovery } from './alike-slices';
import { hashedConfig } from '../core/config';
import { EXPORTER_MEBIBYTES, Exporter } from './exporter';
import { container } from '../core/container';
import { OpenPort, allow } from '../core/network';
import { checkAtLeast, checkImage, problem, wholeMebibytes } from '../core/problems';
import { checkUrl } from './receivers';
import { runOnSlices } from '../core/workload';
import { Role } from '../core/role';
import { checked } from '../core/inputs/checked';

const PORT = 9090;
const USER = 65534;
const RUNBOOKS = 'https://github.com/cdk8s-slices/cdk8s-slices/blob/main/docs/alerts.md';
const FIGURES: k8s.VolumeMount = { name: 'figures', mountPath: '/prometheus' };

/** A container of the slice beside Prometheus. */
interface PodPart {
  readonly container: k8s.Container;
  readonly volumes: k8s.Volume[];
}

/** Properties for `Admin`. */
export interface AdminProps extends CommonProps {
  /** RAM of the slice. Half of it is for series (docs/admin.md). At least 256 MiB. */
  readonly ram: Size;

  /**
   * How long figures are kept, while the volume has room for them.
   *
   * @default Duration.days(30)
   */
  readonly retention?: Duration;

  /**
   * The volume of the figures; the oldest go when four fifths of it are full. At least 512 MiB.
   *
   * @default Size.gibibytes(10)
   */
  readonly storage?: Size;

  /**
   * The image, which has `prometheus` on its PATH.
   *
   * @default docker.io/prom/prometheus:v3.5.3
   */
  readonly image?: string;

  /**
   * The image of the program that reads figures which Prometheus cannot scrape itself, such as memcached's. It has Node 20 or later as
   * `node` on its PATH.
   *
   * @default - the site's `nodeImage`
   */
  readonly nodeImage?: string;

  /**
   * People and programs that are told of alerts, and of their end. Each gets every message. Alertmanager sends them; it takes 48 MiB of the slice.
   *
   * @default - nobody; alerts are on the page alone
   */
  readonly notify?: Notify[];

  /**
   * The dead man's switch: a service that expects a call each minute, and tells people when none comes.
   *
   * Without one, nobody is told when the Admin itself is down. It needs `notify`.
   *
   * @default - none
   */
  readonly watchdog?: Notify;

  /**
   * The page with a section for each alert, which messages link to: your own, where your steps differ.
   *
   * @default - docs/alerts.md of this library
   */
  readonly runbooks?: string;

  /**
   * The image of Alertmanager, which has `alertmanager` on its PATH.
   *
   * @default docker.io/prom/alertmanager:v0.33.1
   */
  readonly alertmanagerImage?: string;
}

/**
 * The administrative slice: Prometheus, with scrapes, alerts and dashboards made from the site's own roles.
 *
 * It watches the roles that were made before it, so make it last. Nothing depends on it: a site runs on without it.
 */
@checked
export class Admin extends Role {
  /** The StatefulSet of the slice. */
  public readonly statefulSet: k8s.KubeStatefulSet;
  /** Its configuration, rules and page. */
  public readonly config: k8s.KubeConfigMap;
  /** Dashboards for a Grafana that collects ConfigMaps labelled `grafana_dashboard`, where the cluster has one. */
  public readonly grafanaDashboards: k8s.KubeConfigMap;

  constructor(scope: Construct, id: string, props: AdminProps) {
    super(scope, id, { ...props, slices: 1 });
    const image = props.image ?? 'docker.io/prom/prometheus:v3.5.3';
    checkImage(this, 'image', image);
    if (props.runbooks !== undefined) checkUrl(this, 'runbooks', props.runbooks, RUNBOOKS);
    this._checkRam(LEAST_MEBIBYTES, 'Prometheus needs half of it for series');
    const watched = this.site.roles;
    const rules = watched.map((role) => role._alerts.length);
    this.node.addValidation({ validate: () => [...this.findUnwatched(watched), ...this.findGrown(watched, rules)] });
    const exporter = new Exporter(watched);
    const besides = [
      ...(exporter.needed ? [EXPORTER_MEBIBYTES] : []),
      ...(props.notify ? [ALERTMANAGER_MEBIBYTES] : []),
    ];
    const ram = besides.reduce((rest, each) => rest - each, this._mebibytes);
    this.config = this.addConfig(watched, exporter, ram, props);
    this.grafanaDashboards = this.addDashboards(watched);
    allowKubelets(this);
    allowCronJobs(this, exporter.cronJobs);
    allowDiscovery(this, watched);
    this.openFigures(watched, exporter);
    const size = props.storage ?? Size.gibibytes(10);
    const volume = wholeMebibytes(this, 'storage', size);
    checkAtLeast(this, 'storage', size, Size.mebibytes(LEAST_VOLUME_MEBIBYTES), 'its log alone takes 384 MiB of it');
    const beside = [...this.addExporter(exporter, props), ...this.addAlertmanager(props)];
    this.statefulSet = runOnSlices(this, {
      containers: [this.prometheus(image, props, ram, volume), ...beside.map((each) => each.container)],
      volumes: [
        { name: 'config', configMap: { name: this.config.name } },
        token(),
        ...beside.flatMap(({ volumes }) => volumes),
      ],
      claims: [{ name: 'figures', mebibytes: volume }],
      ports: [{ name: 'prometheus', port: PORT, appProtocol: 'http' }],
      grace: Duration.seconds(60),
      group: USER,
    });
  }

  private addConfig(watched: Role[], exporter: Exporter, ram: number, props: AdminProps): k8s.KubeConfigMap {
    const namespaces = [...new Set(watched.map((role) => role.namespace))];
    const telling = {
      told: props.notify !== undefined,
      watched: props.watchdog !== undefined,
      runbooks: props.runbooks ?? RUNBOOKS,
    };
    const files = {
      'prometheus.yml': configuration(watched, namespaces, exporter, ram, telling),
      'rules.yml': rules(watched, telling),
      'slices.html': page(this.site.name, watched, telling.runbooks),
    };
    return hashedConfig(this.chart, 'config', this.name, files, this._metadata(this.name));
  }

  private addDashboards(watched: Role[]): k8s.KubeConfigMap {
    return new k8s.KubeConfigMap(this.chart, 'grafana', {
      metadata: {
        ...this._metadata(`${this.name}-grafana`),
        labels: { ...this._labels, grafana_dashboard: '1' },
      },
      data: { [`${this.site.name}.json`]: grafana(this.site.name, watched) },
    });
  }

  /** Opens the ports that Prometheus and the exporter ask to this slice. */
  private openFigures(watched: Role[], exporter: Exporter): void {
    for (const role of watched) {
      const asked = role._metricsSources.flatMap((each): OpenPort[] => ('port' in each ? [each] : []));
      const { at = role, ports = [] } = role._metricsAccess() ?? {};
      // Where others stand before its slices, what asks goes to those.
      const offered = exporter.databases.includes(role) && at === role ? ports : [];
      allow(
        this,
        role,
        [...role._scrapes, ...asked, ...offered].map(({ port }) => ({ port })),
      );
    }
  }

  private addExporter(exporter: Exporter, props: AdminProps): PodPart[] {
    if (!exporter.needed) return [];
    const image = props.nodeImage ?? this.site.nodeImage;
    if (props.nodeImage !== undefined) checkImage(this, 'nodeImage', props.nodeImage);
    const given = exporter.databases.flatMap((at) => {
      const offer = at._metricsAccess();
      return offer ? this._bind({ at, ...offer }) : [];
    });
    const { container, volume } = exporter.parts(this, image, given);
    return [{ container, volumes: [volume] }];
  }

  private addAlertmanager(props: AdminProps): PodPart[] {
    const { notify, watchdog, alertmanagerImage: image = 'docker.io/prom/alertmanager:v0.33.1' } = props;
    checkImage(this, 'alertmanagerImage', image);
    if (watchdog && !notify) problem(this, 'watchdog', watchdog, "it needs 'notify', too; add that");
    return notify ? [new Alertmanager(this, { notify, watchdog }).parts(image, FIGURES)] : [];
  }

  private prometheus(image: string, props: AdminProps, ram: number, volume: number): k8s.Container {
    const answers = (path: string) => ({
      httpGet: { path, port: k8s.IntOrString.fromNumber(PORT) },
      periodSeconds: 10,
    });
    return container({
      name: 'prometheus',
      image,
      mebibytes: ram,
      command: ['prometheus'],
      args: [
        '--config.file=/etc/prometheus/prometheus.yml',
        '--storage.tsdb.path=/prometheus/data',
        `--storage.tsdb.retention.time=${this.hours(props.retention ?? Duration.days(30))}h`,
        `--storage.tsdb.retention.size=${retentionSize(volume)}MB`,
        `--query.max-samples=${sampleLimit(ram)}`,
        '--query.max-concurrency=4',
        '--web.console.templates=/etc/prometheus',
        '--web.console.libraries=/etc/prometheus',
      ],
      user: USER,
      ports: [{ name: 'prometheus', containerPort: PORT }],
      mounts: [{ name: 'config', mountPath: '/etc/prometheus' }, FIGURES, TOKEN_MOUNT],
      // It reads its log again after a stop, which takes up to minutes.
      startup: { ...answers('/-/ready'), failureThreshold: 60 },
      readiness: answers('/-/ready'),
      liveness: { ...answers('/-/healthy'), failureThreshold: 6 },
    });
  }

  private hours(retention: Duration): number {
    const hours = retention.toHours({ integral: false });
    const whole = Math.max(1, Math.ceil(hours));
    // For Prometheus, 0 is no bound.
    if (hours !== whole) problem(this, 'retention', retention, `write whole hours, as Duration.hours(${whole})`);
    return whole;
  }

  private findUnwatched(watched: Role[]): string[] {
    const late = this.site.roles.filter((role) => role !== this && !watched.includes(role));
    const names = late.map((role) => role.node.path).join(', ');
    return late.length === 0 ? [] : [`${names}: made after the Admin, which does not watch it; make the Admin last`];
  }

  /** A backup is no role: it is monitored through its pair. */
  private findGrown(watched: Role[], rules: number[]): string[] {
    const grown = watched.filter((role, index) => role._alerts.length > (rules[index] as number));
    return grown.map((role) => `${role.node.path}: it has got a backup since the Admin was made; make the Admin last`);
  }
}
