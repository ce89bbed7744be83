import { Chart, Size } from 'cdk8s';
import { k8s } from './imports';
import { Construct } from 'constructs';
import { checkCommon } from './common-checks';
import { CommonProps } from './common-props';
import { Clients } from './connections';
import { defined } from './container';
import { NAME, selectorOf } from './labels';
import { Alert, MetricsSource, Scrape, Panel } from './monitor';
import { Binding } from './binding';
import {
  LONGEST_DEPLOYMENT,
  LONGEST_NAMESPACE,
  checkLength,
  checkName,
  freeId,
  problem,
  wholeMebibytes,
} from './problems';
import { checkCpuLimit } from './pod-resources';
import { registerRole } from './role-of';
import { Settings } from './settings';
import { PodSecurity, Site } from './site';
import { Slice } from './slice';
import { Synthesis } from './synthesis';
import { IConnectable } from './connectable';
import { checked } from './inputs/checked';
import { bind, connect } from './connect';

/** Slices with a Service and a place in the configuration of others each. */
const MOST_NAMED = 99;
/** Slices that are alike: `dfw-web99` is followed by `dfw-web100`, so that a tier that grows renames none. */
export const MOST_ALIKE = 999;

/** The RAM of the largest machines that clouds offer is 32 TiB. */
const MOST_MEBIBYTES = 64 * 1024 * 1024;

/** Options of every role. */
export interface RoleOptions extends CommonProps {
  /** The number of slices it runs on, at most. */
  readonly slices: number;

  /**
   * The number of slices that there always are; the others come and go with the load.
   *
   * @default slices
   */
  readonly always?: number;

  /** RAM of one slice: request and limit of all containers of its pod together. Whole MiB. */
  readonly ram: Size;

  /**
   * The number of its first slice, which is that of its first pod. StatefulSets made by others begin with 0.
   *
   * @default 1
   */
  readonly first?: number;

  /**
   * Whether any of its slices does as well as any other, as none has a volume or a share of the keys: Kubernetes gives their pods' names.
   *
   * @default false
   */
  readonly alike?: boolean;

  /**
   * The most slices that it may have.
   *
   * @default - 999 where they are alike, 99 otherwise
   */
  readonly mostSlices?: number;

  /**
   * Whether all of its pods run beside slices, such as those of CronJobs: it then has no slices, and `slices` says how much RAM they share.
   *
   * @default false
   */
  readonly beside?: boolean;

  /**
   * The rights of its pods.
   *
   * At `BASELINE` the role has a namespace of its own, named after it.
   *
   * @default PodSecurity.RESTRICTED
   */
  readonly security?: PodSecurity;
}

/** A role of the site, and the slices that it runs on. Its id names the slices: `db` in the site `dfw` runs on `dfw-db01`, `dfw-db02`, … */
@checked
export abstract class Role extends Construct implements IConnectable {
  /** The site it belongs to. */
  public readonly site: Site;
  /** The start of its slices' names, and the name that selects them all: `dfw-db`. */
  public readonly name: string;
  /** The namespace of its objects. */
  public readonly namespace: string;
  /** Its slices, in the order of their names. */
  public readonly slices: Slice[];
  /** The file of dist that its objects are in. */
  public readonly chart: Chart;
  /** The account that its pods run as, without a token unless the role needs one. */
  public readonly serviceAccount: k8s.KubeServiceAccount;

  /** RAM of one slice, in MiB. @internal */
  public readonly _ram: number;
  /** RAM of the engine: the whole slice, less the sidecars of the site's user. @internal */
  public readonly _mebibytes: number;
  /** The common properties, the site's defaults included. @internal */
  public readonly _settings: Settings;
  /** Whether its pods are those of a Deployment. @internal */
  public readonly _alike: boolean;
  /** Whether it has no slices, as all of its pods run beside them. @internal */
  public readonly _podless: boolean;
  /** The number of its slices that there always are. @internal */
  public readonly _always: number;
  /** @internal */
  public readonly _selector: Record<string, string>;
  /** @internal */
  public readonly _labels: Record<string, string>;
  /** The names of its pods that are not its slices. @internal */
  public readonly _beside = new Set<string>();
  /** Names beside those of its objects that nothing else in the cluster may have, such as a port of each node. @internal */
  public readonly _claims: string[] = [];
  /** @internal */
  public readonly _scrapes: Scrape[] = [];
  /** @internal */
  public readonly _metricsSources: MetricsSource[] = [];
  /** @internal */
  public readonly _alerts: Alert[] = [];
  /** The number of its programs that hold connections to what it uses. @internal */
  public _clients: Clients = { each: 0 };
  /** @internal */
  public readonly _panels: Panel[] = [];

  protected constructor(scope: Construct, id: string, options: RoleOptions) {
    super(scope, freeId(scope, id));
    this.site = Site.of(this);
    this.name = `${this.site.name}-${this.node.id}`;
    checkName(this, 'id', id, `${this.site.name}-${id}`);
    this._selector = selectorOf(this.site.name, this.node.id);
    this._settings = new Settings(this.site._defaults, options);
    this._labels = { ...this._settings.metadata.labels, ...this.site._ownLabels, [NAME]: this.node.id };
    const apart = options.security === PodSecurity.BASELINE;
    this.namespace = apart ? `${this.site.namespace}-${this.node.id}` : this.site.namespace;
    checkLength(this, 'id', id, this.namespace, LONGEST_NAMESPACE);
    if (apart) this.site._addNamespace(this.namespace, PodSecurity.BASELINE);
    this._ram = wholeMebibytes(this, 'ram', options.ram);
    if (this._ram > MOST_MEBIBYTES)
      problem(this, 'ram', options.ram, 'no server has so much; write Size.tebibytes(64) or less');
    this._mebibytes = Math.max(1, this._ram - this._settings.sidecarMebibytes);
    this.checkSettings(options);
    this._alike = options.alike ?? false;
    if (this._alike) checkLength(this, 'id', id, this.name, LONGEST_DEPLOYMENT);
    const slices = this.nameSlices(options);
    this._podless = options.beside ?? false;
    this.slices = this._podless ? [] : slices;
    this._always = this._podless ? 0 : (options.always ?? options.slices);
    this.chart = Synthesis.of(this).addFile(this, this.name);
    this.serviceAccount = new k8s.KubeServiceAccount(this.chart, 'account', {
      metadata: this.accountMetadata(),
      automountServiceAccountToken: false,
    });
    this.site._join(this);
    registerRole(this);
  }

  /** @internal */
  public _metadata(name: string, labels: Record<string, string> = this._labels): k8s.ObjectMeta & { name: string } {
    const { annotations } = this._settings.metadata;
    return { name, namespace: this.namespace, labels, ...defined({ annotations }) };
  }

  /**
   * A name that resolves from every namespace of the cluster, `dfw-db01.dfw.svc.cluster.local`.
   *
   * @internal
   */
  public _address(service: string): string {
    return `${service}.${this.namespace}.svc.${this.site.clusterDomain}`;
  }

  /**
   * Makes what follows from all roles of the site: before each validation, when all are there.
   *
   * @internal
   */
  public _finish(): void {}

  /**
   * The binding for its users; none, unless the role says otherwise.
   *
   * @internal
   */
  public _binding(): Binding | undefined {
    return undefined;
  }

  /**
   * The binding for programs that read figures in it, where it is a database: no more rights than that takes.
   *
   * @internal
   */
  public _metricsAccess(): Binding | undefined {
    return this._binding();
  }

  /**
   * Lets the account for figures read these tables, too, where it is a database that has one.
   *
   * @internal
   */
  public _readTables(_tables: string[]): void {}

  /** @internal */
  public _bindings(): Binding[] {
    const offer = this._binding();
    return offer ? [{ at: this, server: this, ...offer }] : [];
  }

  /**
   * Opens the ports of each of these, which a property names, to this role.
   *
   * @param byAddress Whether the program is given addresses of Services in place of names, where these stay.
   * @returns the environment that a program needs to reach and use them.
   * @internal
   */
  public _use(usables: IConnectable[], property: string = 'uses', byAddress = false): k8s.EnvVar[] {
    return connect(this, usables, property, byAddress);
  }

  /** @internal */
  public _bind(offer: Binding): k8s.EnvVar[] {
    return bind(this, offer);
  }

  /** Whether the engine has RAM enough beside the sidecars of the site's user. @internal */
  public _checkRam(least: number, why: string): boolean {
    if (this._mebibytes >= least) return true;
    const sidecars = this._settings.sidecarMebibytes;
    const needed = `${sidecars > 0 ? `the sidecars take ${sidecars} MiB, and ` : ''}${why}`;
    problem(this, 'ram', Size.mebibytes(this._ram), `${needed}; write Size.mebibytes(${least + sidecars}) or more`);
    return false;
  }

  private nameSlices(options: Pick<RoleOptions, 'slices' | 'first' | 'alike' | 'mostSlices'>): Slice[] {
    const { slices, first = 1, alike, mostSlices: most = alike ? MOST_ALIKE : MOST_NAMED } = options;
    if (!Number.isInteger(slices) || slices < 1 || slices > most) {
      problem(this, 'slices', slices, `write a whole number from 1 to ${most}`);
      return this.nameSlices({ slices: 1, first, ...defined({ alike }) });
    }
    return Array.from({ length: slices }, (_, index) => {
      const number = index + first;
      const name = `${this.name}${String(number).padStart(2, '0')}`;
      const pod = alike ? undefined : `${this.name}-${number}`;
      return new Slice(name, this.namespace, Size.mebibytes(this._ram), pod);
    });
  }

  private accountMetadata(): k8s.ObjectMeta {
    const { annotations, ...metadata } = this._metadata(this.name);
    const more = this._settings.metadata.serviceAccountAnnotations;
    return annotations || more ? { ...metadata, annotations: { ...annotations, ...more } } : metadata;
  }

  private checkSettings(own: CommonProps): void {
    checkCommon(this, own, this._settings);
    checkCpuLimit(this);
  }
}
