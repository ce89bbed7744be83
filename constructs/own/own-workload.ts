import { ApiObject, App, Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { PART_OF, WORKLOAD_LABEL } from '../../contract/labels';
import { defined } from '../core/container';
import { k8s } from '../core/imports';
import { checked } from '../core/inputs/checked';
import { allowOutside } from '../core/network';
import { Binding, envName } from '../core/binding';
import { Egress } from '../core/egress';
import { checkName, checkPort, freeId, problem, shown } from '../core/problems';
import { Settings } from '../core/settings';
import { Site } from '../core/site';
import { Synthesis } from '../core/synthesis';
import { IConnectable } from '../core/connectable';
import { connect } from '../core/connect';
import { faultsOf } from './faults';
import { Joining, joined } from './joined';
import { Manifest } from './manifest';
import { workloadIn } from './workload-in';

/** Properties for `OwnWorkload`. */
export interface OwnWorkloadProps {
  /**
   * The workload: a Deployment, StatefulSet, DaemonSet, Job or CronJob of any cdk8s-plus, or an ApiObject with a pod template. An `Include`
   * or `Helm` with one workload in it does as well.
   *
   * It has to be in the site's namespace, as in `new Chart(app, 'search', { namespace: site.namespace })`.
   */
  readonly workload: IConstruct;

  /**
   * Roles that its pods use: each gives them environment, Secrets, and a policy at both ends.
   *
   * @default - it connects to nothing
   */
  readonly uses?: IConnectable[];

  /**
   * Connections out of the cluster that its pods need.
   *
   * @default - none
   */
  readonly egress?: Egress[];

  /**
   * The port that its pods listen on, if others are to use it.
   *
   * They then find it in `SEARCH_HOST` and `SEARCH_PORT`, after its id.
   *
   * @default - nothing can use it
   */
  readonly port?: number;

  /**
   * The containers that are given the environment of `uses`. Name them if a sidecar must have no password.
   *
   * @default - all, init containers included
   */
  readonly containers?: string[];
}

/**
 * A workload made elsewhere that belongs to a site: `new OwnWorkload(site, 'search', { workload: deployment, uses: [db] })`.
 *
 * Its pods get labels, environment and the settings that Pod Security `restricted` wants and they leave out. Each container's memory
 * request becomes its limit. A Job gets a name that ends in a hash, as it cannot be changed.
 */
@checked
export class OwnWorkload extends Construct implements IConnectable {
  /** The site it belongs to. */
  public readonly site: Site;
  /** The name of its Service and the start of its policies' names: `dfw-search`. */
  public readonly name: string;
  /** The namespace of its objects, which is the site's. */
  public readonly namespace: string;
  /** The file of dist with its policies and its Service. */
  public readonly chart: Chart;
  /** The Service that leads to its pods, where it has a port. */
  public readonly service?: k8s.KubeService;

  /** @internal */
  public readonly _selector: Record<string, string>;
  private readonly labels: Record<string, string>;
  private readonly settings: Settings;
  private readonly env: k8s.EnvVar[];
  private readonly port: number | undefined;

  constructor(scope: Construct, id: string, props: OwnWorkloadProps) {
    super(scope, freeId(scope, id));
    this.site = Site.of(this);
    this.name = `${this.site.name}-${this.node.id}`;
    checkName(this, 'id', id, this.name);
    this.namespace = this.site.namespace;
    this.settings = new Settings(this.site._defaults);
    this._selector = { [PART_OF]: this.site.name, [WORKLOAD_LABEL]: this.node.id };
    this.labels = { ...this.settings.metadata.labels, ...this.site._ownLabels, [WORKLOAD_LABEL]: this.node.id };
    this.chart = Synthesis.of(this).addFile(this, this.name);
    this.port = props.port;
    if (props.port !== undefined) {
      checkPort(this, 'port', props.port);
      this.service = this.addService(props.port);
    }
    this.env = connect(this, props.uses ?? [], 'uses');
    allowOutside(
      this,
      (props.egress ?? []).flatMap((each) => each._of(this, 'egress')),
    );
    const object = workloadIn(this, props.workload);
    if (object) this.join(object, props.containers);
  }

  /** @internal */
  public _metadata(name: string): k8s.ObjectMeta {
    const { annotations } = this.settings.metadata;
    return { name, namespace: this.namespace, labels: this.labels, ...defined({ annotations }) };
  }

  /** @internal */
  public _bindings(): Binding[] {
    if (this.port === undefined) {
      problem(this, 'port', this.port, 'others use it; write the port that its pods listen on');
      return [{ ports: [], env: [] }];
    }
    const host = `${this.name}.${this.namespace}.svc.${this.site.clusterDomain}`;
    return [
      {
        at: this,
        ports: [{ port: this.port }],
        env: [
          { name: envName(this.node.id, 'HOST'), value: host },
          { name: envName(this.node.id, 'PORT'), value: String(this.port) },
        ],
      },
    ];
  }

  private addService(port: number): k8s.KubeService {
    return new k8s.KubeService(this.chart, 'service', {
      metadata: this._metadata(this.name),
      spec: { selector: this._selector, ports: [{ port }] },
    });
  }

  private join(object: ApiObject, containers: string[] | undefined): void {
    const { path } = object.node;
    checkPlace(this, object);
    const other = JOINED.get(object);
    if (other) {
      problem(this, 'workload', path, `it has joined as ${other.node.path} already; name it once`);
      return;
    }
    JOINED.set(object, this);
    // The namespace is there before the workload, also where its chart was made before the site.
    if (isBefore(object.chart, this.site.chart)) object.chart.addDependency(this.site.chart);
    const pinned = (image: string) => this.settings.pinned(image);
    const joining = { labels: this._selector, env: this.env, containers, pinned };
    const written = object.toJson.bind(object) as () => Manifest;
    // No patch: cdk8s fixes one when it is made, and a cdk8s-plus workload has its containers when it is written.
    object.toJson = () => joined(written(), joining);
    this.node.addValidation({ validate: () => this.faults(written, joining) });
  }

  private faults(written: () => Manifest, joining: Joining): string[] {
    const { name: site, roles } = this.site;
    const beside = roles.flatMap(({ _beside }) => [..._beside]).map((name) => name.slice(site.length + 1));
    const expected = { ...joining, port: this.port, roles: [...roles.map(({ node }) => node.id), ...beside] };
    try {
      return faultsOf(written(), expected);
    } catch (error) {
      const { message } = error as Error;
      return [shown('workload', 'an object that cannot be written', `give it what it lacks: ${message}`)];
    }
  }
}

/** The workloads that belong to a site. */
const JOINED = new WeakMap<ApiObject, OwnWorkload>();

/** Reports a workload whose pods would be outside the site's namespace. */
function checkPlace(own: OwnWorkload, { node, metadata: { namespace } }: ApiObject): void {
  if (node.root !== own.node.root)
    problem(own, 'workload', node.path, 'it is made in another App; make it in that of the site');
  if (namespace === own.namespace) return;
  const where = namespace === undefined ? 'it names no namespace' : `its namespace is '${namespace}'`;
  const chart = `new Chart(app, '${own.node.id}', { namespace: site.namespace })`;
  problem(own, 'workload', node.path, `${where}, and the site's is '${own.namespace}'; make it in ${chart}`);
}

/** Whether one chart was made before another. */
function isBefore(one: Chart, other: Chart): boolean {
  const all = App.of(one).node.findAll();
  return all.indexOf(one) < all.indexOf(other);
}
