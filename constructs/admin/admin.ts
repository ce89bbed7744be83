import { Duration, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { grafana } from './dashboards';
import { page } from './page';
import { LEAST_MEBIBYTES, LEAST_VOLUME_MEBIBYTES, configuration, retentionHours, rules } from './prometheus';
import { FIGURES, PROMETHEUS_PORT, PROMETHEUS_USER, prometheusContainer } from './prometheus-container';
import { ALERTMANAGER_MEBIBYTES, Alertmanager } from './alertmanager';
import { allowCronJobs, allowKubelets, token } from './admin-rights';
import { allowDiscovery } from './alike-slices';
import { AdminProps } from './admin-props';
import { hashedConfig } from '../core/config';
import { EXPORTER_MEBIBYTES, EXPORTER_PORT, Exporter } from './exporter';
import { Operator } from './monitoring';
import { Monitors } from './monitors';
import { OpenPort, allow, allowApiServer } from '../core/network';
import { checkAtLeast, checkImage, problem, wholeMebibytes } from '../core/problems';
import { checkUrl } from './receivers';
import { RemoteWrite } from './remote-write';
import { runOnSlices } from '../core/workload';
import { Role } from '../core/role';
import { checked } from '../core/inputs/checked';

/** Properties of a Prometheus of its own. */
const SERVER_ONLY = [
  'retention',
  'storage',
  'image',
  'notify',
  'watchdog',
  'alertmanagerImage',
  'remoteWrite',
] as const;
const RUNBOOKS = 'https://github.com/cdk8s-slices/cdk8s-slices/blob/main/docs/alerts.md';

/** A container of the slice beside Prometheus. */
interface PodPart {
  readonly container: k8s.Container;
  readonly volumes: k8s.Volume[];
}

/** Objects that follow from all roles of the site. */
interface AdminParts {
  readonly statefulSet: k8s.KubeStatefulSet;
  readonly config: k8s.KubeConfigMap | undefined;
  readonly grafanaDashboards: k8s.KubeConfigMap;
}

/**
 * The administrative slice: Prometheus, with scrapes, alerts and dashboards made from the site's own roles.
 *
 * It watches every role of the site, whichever is made first. Its objects are made when the site is synthesized, or when one of them is
 * read. Nothing depends on it: a site runs on without it.
 */
@checked
export class Admin extends Role {
  private parts: AdminParts | undefined;
  /** The operator whose Prometheus watches the site; none where Admin's own does. */
  private readonly operator: Operator | undefined;
  /** The RAM that the programs of `gitOps` take of the slice. */
  private readonly gitOpsMebibytes: number;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AdminProps,
  ) {
    super(scope, id, { ...props, slices: 1 });
    checkImage(this, 'image', this.image);
    if (props.nodeImage !== undefined) checkImage(this, 'nodeImage', props.nodeImage);
    if (props.runbooks !== undefined) checkUrl(this, 'runbooks', props.runbooks, RUNBOOKS);
    this.gitOpsMebibytes = props.gitOps?._mebibytes(this) ?? 0;
    this.operator = props.monitoring?._operatorFor(this);
    if (this.operator) this.checkWithoutServer(props);
    else this.checkServer();
    props.gitOps?._addTo(this);
  }

  /** The StatefulSet of the slice. Read it after all roles are made: a role that is made later is an error. */
  public get statefulSet(): k8s.KubeStatefulSet {
    return this.made().statefulSet;
  }

  /**
   * The configuration, rules and page of its Prometheus; none where another watches the site (`monitoring`). Read it after all roles are
   * made.
   */
  public get config(): k8s.KubeConfigMap | undefined {
    return this.made().config;
  }

  /**
   * Dashboards for a Grafana that collects ConfigMaps labelled `grafana_dashboard`, where the cluster has one. Read it after all roles are
   * made.
   */
  public get grafanaDashboards(): k8s.KubeConfigMap {
    return this.made().grafanaDashboards;
  }

  /** @internal */
  public override _finish(): void {
    this.made();
  }

  private made(): AdminParts {
    this.parts ??= this.make();
    return this.parts;
  }

  private make(): AdminParts {
    const watched = this.site.roles.sort((a, b) => (a.name < b.name ? -1 : 1));
    const alerts = watched.map((role) => role._alerts.length);
    this.node.addValidation({ validate: () => [...this.findUnwatched(watched), ...this.findGrown(watched, alerts)] });
    const exporter = new Exporter(watched);
    const grafanaDashboards = this.addDashboards(watched);
    allowCronJobs(this, exporter.cronJobs);
    this.openFigures(watched, exporter);
    return {
      grafanaDashboards,
      ...(this.operator ? this.watchBy(this.operator, watched, exporter) : this.watch(watched, exporter)),
    };
  }

  /** Watches by a Prometheus of its own. */
  private watch(watched: Role[], exporter: Exporter): Omit<AdminParts, 'grafanaDashboards'> {
    const { props } = this;
    const besides = [
      ...(exporter.needed ? [EXPORTER_MEBIBYTES] : []),
      ...(props.notify ? [ALERTMANAGER_MEBIBYTES] : []),
    ];
    const ram = besides.reduce((rest, each) => rest - each, this.ownMebibytes);
    const remote = props.remoteWrite && new RemoteWrite(this, props.remoteWrite);
    const config = this.addConfig(watched, exporter, ram, 1 + besides.length, remote);
    allowDiscovery(this, watched);
    const beside = [...(exporter.needed ? [this.addExporter(exporter, props)] : []), ...this.addAlertmanager(props)];
    return { config, statefulSet: this.addServer(config, beside, ram, remote) };
  }

  /** Watches by an operator's Prometheus. The slice answers what that cannot scrape itself. */
  private watchBy(operator: Operator, watched: Role[], exporter: Exporter): Omit<AdminParts, 'grafanaDashboards'> {
    const { container, volumes } = this.addExporter(exporter, this.props, this.ownMebibytes);
    const statefulSet = runOnSlices(this, {
      containers: [container],
      volumes: [...volumes, ...(exporter.cronJobs.size > 0 ? [token()] : [])],
      ports: [{ name: 'exporter', port: EXPORTER_PORT, appProtocol: 'http' }],
      grace: Duration.seconds(5),
      reserved: this.gitOpsMebibytes,
    });
    const { apiServer, _cluster } = this.site;
    if (exporter.cronJobs.size > 0) allowApiServer(this, apiServer, _cluster.apiServerPorts);
    new Monitors(this, operator).add(watched, exporter, this.props.runbooks ?? RUNBOOKS);
    return { config: undefined, statefulSet };
  }

  private get ownMebibytes(): number {
    return this._mebibytes - this.gitOpsMebibytes;
  }

  private get image(): string {
    return this.props.image ?? 'docker.io/prom/prometheus:v3.5.3';
  }

  private get storage(): Size {
    return this.props.storage ?? Size.gibibytes(10);
  }

  private addServer(
    config: k8s.KubeConfigMap,
    beside: PodPart[],
    ram: number,
    remote?: RemoteWrite,
  ): k8s.KubeStatefulSet {
    const volume = wholeMebibytes(this, 'storage', this.storage);
    const hours = retentionHours(this, this.props.retention ?? Duration.days(30));
    const mounts = remote?.mounts() ?? [];
    const server = prometheusContainer({ image: this.image, ram, volume, hours, mounts });
    return runOnSlices(this, {
      containers: [server, ...beside.map((each) => each.container)],
      volumes: [
        { name: 'config', configMap: { name: config.name } },
        token(),
        ...(remote?.volumes() ?? []),
        ...beside.flatMap(({ volumes }) => volumes),
      ],
      claims: [{ name: 'figures', mebibytes: volume }],
      ports: [{ name: 'prometheus', port: PROMETHEUS_PORT, appProtocol: 'http' }],
      grace: Duration.seconds(60),
      group: PROMETHEUS_USER,
      reserved: this.gitOpsMebibytes,
    });
  }

  private addConfig(
    watched: Role[],
    exporter: Exporter,
    ram: number,
    count: number,
    remote?: RemoteWrite,
  ): k8s.KubeConfigMap {
    const { props } = this;
    const namespaces = [...new Set(watched.map((role) => role.namespace))];
    const telling = {
      told: props.notify !== undefined,
      watched: props.watchdog !== undefined,
      runbooks: props.runbooks ?? RUNBOOKS,
      containers: { of: this, count },
    };
    const files = {
      'prometheus.yml': configuration(watched, namespaces, exporter, ram, telling, remote),
      'rules.yml': rules(watched, telling),
      'slices.html': page(this.site.name, [...watched.filter((each) => each !== this), this], telling.runbooks),
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
        [...(this.operator ? [] : role._scrapes), ...asked, ...offered].map(({ port }) => ({ port })),
      );
    }
  }

  private addExporter(exporter: Exporter, props: AdminProps, mebibytes?: number): PodPart {
    const image = props.nodeImage ?? this.site.nodeImage;
    const given = exporter.databases.flatMap((at) => {
      const offer = at._metricsAccess();
      return offer ? this._bind({ at, ...offer }) : [];
    });
    const outside = exporter.outside.flatMap((each) => each._bindings().flatMap((binding) => this._bind(binding)));
    const { container, volume } = exporter.parts(this, image, [...given, ...outside], mebibytes);
    return { container, volumes: [volume] };
  }

  private addAlertmanager(props: AdminProps): PodPart[] {
    const { notify, watchdog, alertmanagerImage: image = 'docker.io/prom/alertmanager:v0.33.1' } = props;
    checkImage(this, 'alertmanagerImage', image);
    if (watchdog && !notify) problem(this, 'watchdog', watchdog, "it needs 'notify', too; add that");
    return notify ? [new Alertmanager(this, { notify, watchdog }).parts(image, FIGURES)] : [];
  }

  private checkServer(): void {
    this.checkOwnRam(LEAST_MEBIBYTES, 'Prometheus needs half of it for series');
    const least = Size.mebibytes(LEAST_VOLUME_MEBIBYTES);
    checkAtLeast(this, 'storage', this.storage, least, 'its log alone takes 384 MiB of it');
    allowKubelets(this);
  }

  private checkOwnRam(least: number, why: string): void {
    const others = this.gitOpsMebibytes;
    this._checkRam(least + others, others > 0 ? `'gitOps' takes ${others} MiB, and ${why}` : why);
  }

  private checkWithoutServer(props: AdminProps): void {
    this.checkOwnRam(EXPORTER_MEBIBYTES, 'the program that reads figures needs it');
    for (const property of SERVER_ONLY)
      if (props[property] !== undefined)
        problem(
          this,
          property,
          props[property],
          "with 'monitoring' it belongs to the operator's objects; leave it out",
        );
  }

  private findUnwatched(watched: Role[]): string[] {
    const late = this.site.roles.filter((role) => !watched.includes(role));
    return late.map((role) => `${role.node.path}: made after an object of the Admin was read; read that object later`);
  }

  /** A backup is no role: it is monitored through its pair. */
  private findGrown(watched: Role[], alerts: number[]): string[] {
    const grown = watched.filter((role, index) => role._alerts.length > (alerts[index] as number));
    const instead = 'it has got a backup since an object of the Admin was read; read that object later';
    return grown.map((role) => `${role.node.path}: ${instead}`);
  }
}
