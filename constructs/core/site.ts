import { Chart, Lazy } from 'cdk8s';
import { k8s } from './imports';
import { REQUIRED_SECRETS } from '../../contract/required-secret';
import { Construct, IConstruct } from 'constructs';
import { MANAGED, MANAGED_BY, PART_OF, checkLabels } from './labels';
import { denyByDefault } from './network';
import { checkDomain, checkName, checkNetworks, freeId, problem } from './problems';
import { RequiredSecret, listed } from './secrets';
import { Synthesis } from './synthesis';
import type { Role } from './role';
import { checkObjectName } from './values';

/** How much the namespace of a role lets its pods do, in the words of Kubernetes' Pod Security Standards. */
export enum PodSecurity {
  /** As a user without powers. What every slice runs at, but one whose engine has to start as root. */
  RESTRICTED = 'restricted',
  /** As root with the default powers of a container. */
  BASELINE = 'baseline',
}

/** Properties for `Site`. */
export interface SiteProps {
  /** The domain that the site answers to, and receives mail for. */
  readonly domain: string;

  /**
   * The namespace of the site's slices.
   *
   * A role kept apart for security has a namespace of its own beside it, named after it: `dfw-mail`.
   *
   * @default - the site's name
   */
  readonly namespace?: string;

  /**
   * The storage class of the volumes of databases, blobs and mail queues.
   *
   * Choose one whose volumes are local and fast where the cluster has such: each pair keeps two copies by itself.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;

  /**
   * The PriorityClass of all slices, so that they are kept when a node is short of memory.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;

  /**
   * The domain that the cluster's Services are under.
   *
   * @default cluster.local
   */
  readonly clusterDomain?: string;

  /**
   * The addresses of the API server: of its Service and of the servers behind it, as in `10.96.0.1/32`.
   *
   * Pairs, groups and Admin ask it, and no other slices. Name them where those are to reach no other server at its ports.
   *
   * @default - any address at 443 and 6443, as a cluster does not tell its own
   */
  readonly apiServer?: string[];

  /**
   * Labels for every object of the site but volumes, whose labels Kubernetes lets nobody change.
   *
   * Write those by which your cluster counts costs or finds whom to call. A Job whose labels change is a new Job, and runs again.
   * Not those that the library itself writes, `app.kubernetes.io/name`, `…/part-of` and `…/managed-by`.
   *
   * @default - none but the recommended ones, `app.kubernetes.io/…`
   */
  readonly labels?: Record<string, string>;
}

/**
 * A site in one data centre, whose name is the construct's id: `new Site(app, 'dfw', …)`.
 *
 * Each role made in it becomes a file of dist, after the site's own, which has the namespaces and denies all traffic that
 * no relation allows.
 */
export class Site extends Construct {
  /** The site that a construct belongs to. */
  public static of(construct: IConstruct): Site {
    const site = construct.node.scopes.reverse().find((scope) => scope instanceof Site);
    if (!site)
      throw new Error(`${construct.node.path}: it has to be made in a Site, as in new CachePool(site, 'memc', …)`);
    return site as Site;
  }

  /** The data centre, and the start of each slice's name. */
  public readonly name: string;
  /** The domain that the site answers to. */
  public readonly domain: string;
  /** The namespace of the site's slices. */
  public readonly namespace: string;
  /** The storage class of its volumes. */
  public readonly storageClassName: string | undefined;
  /** The PriorityClass of its slices. */
  public readonly priorityClassName: string | undefined;
  /** The domain that the cluster's Services are under. */
  public readonly clusterDomain: string;
  /** The addresses of the API server; any where it was not said. */
  public readonly apiServer: string[] | undefined;
  /** Labels of every object. */
  public readonly labels: Record<string, string>;
  /** The site's own file: namespaces, default policies, and the list of the Secrets it waits for. */
  public readonly chart: Chart;
  /** Its own namespace, and those of the roles kept apart. @internal */
  public readonly _namespaces: string[] = [];
  /** Those that may change, for all others follow from names. @internal */
  public readonly _moreLabels: Record<string, string> | undefined;
  private readonly members: Role[] = [];
  private readonly secrets = new Map<string, RequiredSecret>();

  constructor(scope: Construct, id: string, props: SiteProps) {
    super(scope, freeId(scope, id));
    this.name = this.node.id;
    this.domain = props.domain;
    this.namespace = props.namespace ?? this.name;
    this.storageClassName = props.storageClassName;
    this.priorityClassName = props.priorityClassName;
    this.clusterDomain = props.clusterDomain ?? 'cluster.local';
    this.apiServer = props.apiServer;
    this._moreLabels = props.labels;
    this.labels = { ...props.labels, [MANAGED]: MANAGED_BY, [PART_OF]: this.name };
    checkLabels(this, props.labels ?? {});
    checkName(this, 'id', id);
    checkName(this, 'namespace', this.namespace);
    if (this.namespace.startsWith('kube-'))
      problem(
        this,
        'namespace',
        this.namespace,
        "Kubernetes has such names for what is its own; write another, as 'dfw'",
      );
    checkDomain(this, 'domain', props.domain);
    this.checkCluster(props);
    checkNetworks(this, 'apiServer', props.apiServer);
    this.chart = Synthesis.of(this).addFile(this, `${this.name}-site`);
    this._addNamespace(this.namespace, PodSecurity.RESTRICTED);
    this.addSecretList();
    Synthesis.of(this).addSite(this);
  }

  private checkCluster({ storageClassName, priorityClassName, clusterDomain }: SiteProps): void {
    // A claim with an empty one gets a volume that was made before it, and by hand.
    if (storageClassName) checkObjectName(this, 'storageClassName', storageClassName);
    if (priorityClassName !== undefined) checkObjectName(this, 'priorityClassName', priorityClassName);
    if (clusterDomain !== undefined) checkObjectName(this, 'clusterDomain', clusterDomain);
  }

  /** The roles of the site, in the order in which they were made. */
  public get roles(): Role[] {
    return [...this.members];
  }

  /** @internal */
  public _join(role: Role): void {
    this.members.push(role);
  }

  /** @internal */
  public _addNamespace(name: string, security: PodSecurity): void {
    this._namespaces.push(name);
    new k8s.KubeNamespace(this.chart, `namespace-${name}`, {
      metadata: {
        name,
        labels: {
          ...this.labels,
          'pod-security.kubernetes.io/enforce': security,
          'pod-security.kubernetes.io/warn': security,
        },
      },
    });
    denyByDefault(this.chart, name, this.labels);
  }

  /**
   * Names a Secret that pods of these namespaces read, for the command that makes the ones a cluster lacks.
   *
   * @internal
   */
  public _requireSecret(secret: RequiredSecret): void {
    const before = this.secrets.get(secret.name);
    this.secrets.set(secret.name, {
      ...(before ?? secret),
      keys: { ...before?.keys, ...secret.keys },
      namespaces: [...new Set([...(before?.namespaces ?? []), ...secret.namespaces])],
    });
  }

  /** @internal */
  public _shareSecret(name: string, namespace: string): void {
    this._requireSecret({ name, namespaces: [namespace], keys: {} });
  }

  private addSecretList(): void {
    new k8s.KubeConfigMap(this.chart, 'secrets', {
      metadata: { name: REQUIRED_SECRETS, namespace: this.namespace, labels: this.labels },
      data: Lazy.any({ produce: () => this.secretList() }) as Record<string, string>,
    });
  }

  private secretList(): Record<string, string> {
    return Object.fromEntries(
      [...this.secrets.values()]
        .map((secret) => [secret.name, listed(secret)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
}
