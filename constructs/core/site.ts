import { Chart, Lazy } from 'cdk8s';
import { k8s } from './imports';
import { REQUIRED_SECRETS } from '../../contract/required-secret';
import { Construct, IConstruct } from 'constructs';
import { checkCommon } from './common-checks';
import { CommonProps } from './common-props';
import { defined } from './container';
import { ClusterProps, IpFamily } from './cluster';
import { MANAGED, MANAGED_BY, PART_OF, checkLabelTexts } from './labels';
import { keptMetadata } from './kept';
import { denyByDefault } from './network';
import { NODE_IMAGE } from './node-image';
import {
  checkDomain,
  checkImage,
  checkLength,
  checkName,
  checkNetwork,
  checkNetworks,
  checkPort,
  freeId,
  problem,
} from './problems';
import { RequiredSecret, listed, merged } from './secrets';
import { Settings } from './settings';
import { Synthesis } from './synthesis';
import type { Role } from './role';
import { checkObjectName } from './values';
import { checked } from './inputs/checked';

/** How much the namespace of a role lets its pods do, in the words of Kubernetes' Pod Security Standards. */
export enum PodSecurity {
  /** As a user without powers. Every slice runs at this level, unless its engine has to start as root. */
  RESTRICTED = 'restricted',
  /** As root with the default powers of a container. */
  BASELINE = 'baseline',
}

/** DNS has names of 253 characters: those of slices have up to 63, and their namespace's, `svc` and three dots are before it. */
const LONGEST_CLUSTER_DOMAIN = 121;

/** Properties for `Site`. */
export interface SiteProps extends CommonProps {
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
   * The domain that the cluster's Services are under.
   *
   * @default cluster.local
   */
  readonly clusterDomain?: string;

  /**
   * Properties of the cluster that differ from most clusters': its DNS, the ports of its API server, the owner of its namespaces.
   *
   * @default - as kubeadm, minikube, MicroK8s and OpenShift have it
   */
  readonly cluster?: ClusterProps;

  /**
   * The image of the library's own programs, such as the agents of pairs: it has Node 20 or later as `node` on its PATH.
   *
   * @default docker.io/library/node:24-slim
   */
  readonly nodeImage?: string;

  /**
   * The addresses of the API server: of its Service and of the servers behind it, as in `10.96.0.1/32`.
   *
   * Pairs, groups and Admin call it, and no other slices. Name them if these slices must reach no other server at its ports.
   *
   * @default - any address at 443 and 6443, as a cluster does not tell its own
   */
  readonly apiServer?: string[];
}

/**
 * A site in one data centre, whose name is the construct's id: `new Site(app, 'dfw', …)`.
 *
 * Each role made in it becomes a file of dist. The site's own file comes first: it has the namespaces and denies all traffic that no
 * relation allows.
 */
@checked
export class Site extends Construct {
  /** The site that a construct belongs to. */
  public static of(construct: IConstruct): Site {
    const site = construct.node.scopes.reverse().find((scope) => scope instanceof Site);
    if (!site)
      throw new Error(
        `[${construct.node.path || 'App'}] 'scope' is ${construct.node.scope?.node.path || 'App'}: it has to be made in a Site, as in new CachePool(site, 'memc', …)`,
      );
    return site as Site;
  }

  /** The data centre, and the start of each slice's name. */
  public readonly name: string;
  /** The domain that the site answers to. */
  public readonly domain: string;
  /** The namespace of the site's slices. */
  public readonly namespace: string;
  /** The domain that the cluster's Services are under. */
  public readonly clusterDomain: string;
  /** The image of the library's own programs. */
  public readonly nodeImage: string;
  /** The addresses of the API server; undefined allows any. */
  public readonly apiServer: string[] | undefined;
  /** Labels of the site's own objects. The labels of all its roles begin with these, and so do the labels of the roles' objects. */
  public readonly labels: Record<string, string>;
  /** The site's own file: namespaces, default policies, and the list of the Secrets it waits for. */
  public readonly chart: Chart;
  /** Its own namespace, and the namespaces of the roles kept apart. @internal */
  public readonly _namespaces: string[] = [];
  /** Labels by which the library knows its objects. @internal */
  public readonly _ownLabels: Record<string, string>;
  /** The common properties of its roles. @internal */
  public readonly _defaults: CommonProps;
  /** Properties of the cluster that differ from most clusters'. @internal */
  public readonly _cluster: ClusterProps;
  private readonly members: Role[] = [];
  private readonly secrets = new Map<string, RequiredSecret>();

  constructor(scope: Construct, id: string, props: SiteProps) {
    super(scope, freeId(scope, id));
    this.name = this.node.id;
    this.domain = props.domain;
    this.namespace = props.namespace ?? this.name;
    this.clusterDomain = props.clusterDomain ?? 'cluster.local';
    this.apiServer = props.apiServer;
    this.nodeImage = props.nodeImage ?? NODE_IMAGE;
    checkImage(this, 'nodeImage', this.nodeImage);
    this._defaults = props;
    this._cluster = props.cluster ?? {};
    this.checkCluster(this._cluster);
    this._ownLabels = { [MANAGED]: MANAGED_BY, [PART_OF]: this.name };
    this.labels = { ...props.metadata?.labels, ...this._ownLabels };
    checkCommon(this, props, new Settings(props));
    checkName(this, 'id', id);
    if (props.namespace !== undefined) checkName(this, 'namespace', props.namespace);
    if (this.namespace.startsWith('kube-'))
      problem(
        this,
        'namespace',
        this.namespace,
        "Kubernetes has such names for what is its own; write another, as 'dfw'",
      );
    checkDomain(this, 'domain', props.domain);
    if (props.clusterDomain !== undefined) {
      checkObjectName(this, 'clusterDomain', props.clusterDomain);
      checkLength(this, 'clusterDomain', props.clusterDomain, props.clusterDomain, LONGEST_CLUSTER_DOMAIN);
    }
    if (Construct.isConstruct(scope) && scope.node.scopes.some((each) => each instanceof Site))
      problem(this, 'scope', scope.node.path, 'a site is in no other; make it in the App');
    checkNetworks(this, 'apiServer', props.apiServer);
    this.chart = Synthesis.of(this).addSiteFile(this, `${this.name}-site`);
    this._addNamespace(this.namespace, PodSecurity.RESTRICTED);
    this.addSecretList();
    Synthesis.of(this).addSite(this);
  }

  /** The roles of the site, in the order in which they were made. */
  public get roles(): Role[] {
    return [...this.members];
  }

  /** @internal */
  public _join(role: Role): void {
    this.members.push(role);
  }

  /** Lets its roles make what follows from all of them. @internal */
  public _finish(): void {
    const byName = [...this.members].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const role of byName) role._finish();
  }

  /** @internal */
  public _metadata(name: string): k8s.ObjectMeta {
    const annotations = this._defaults.metadata?.annotations;
    return { name, labels: this.labels, ...defined({ annotations }) };
  }

  /** @internal */
  public _addNamespace(name: string, security: PodSecurity): void {
    this._namespaces.push(name);
    if (this._cluster.namespaces !== false) this.addNamespaceObject(name, security);
    if (this._cluster.defaultPolicies === false) return;
    // Where others may have pods in the site's namespace, those are left as they are.
    const shared = name === this.namespace && this._cluster.namespaces === false;
    const selector: Record<string, string> = shared ? { [PART_OF]: this.name } : {};
    denyByDefault(this.chart, (of) => ({ ...this._metadata(of), namespace: name }), selector, this._cluster);
  }

  /**
   * Names a Secret that pods of these namespaces read, for the command that makes the Secrets that a cluster lacks.
   *
   * @internal
   */
  public _requireSecret(secret: RequiredSecret): void {
    const before = this.secrets.get(secret.name);
    this.secrets.set(secret.name, before ? merged(before, secret) : secret);
  }

  /** @internal */
  public _shareSecret(name: string, namespace: string): void {
    this._requireSecret({ name, namespaces: [namespace], keys: {} });
  }

  private addNamespaceObject(name: string, security: PodSecurity): void {
    new k8s.KubeNamespace(this.chart, `namespace-${name}`, {
      // With it go all volumes and Secrets in it.
      metadata: keptMetadata({
        ...this._metadata(name),
        labels: {
          ...this.labels,
          'pod-security.kubernetes.io/enforce': security,
          'pod-security.kubernetes.io/warn': security,
        },
      }),
    });
  }

  private checkCluster(props: ClusterProps): void {
    const { dnsPods, dnsAddresses, apiServerPorts, ipFamily, markDns, clusterRoles, serviceNetwork } = props;
    if (markDns && clusterRoles === false)
      problem(this, 'cluster.markDns', markDns, "it needs a Role in the namespace of 'dnsPods'; leave it out");
    for (const { namespace, labels, port } of dnsPods ?? []) {
      checkName(this, 'cluster.dnsPods', namespace);
      checkLabelTexts(this, 'cluster.dnsPods', labels);
      // A policy that selects by no label opens the whole namespace.
      if (Object.keys(labels).length === 0)
        problem(this, 'cluster.dnsPods', namespace, "write the labels of its pods, as { 'k8s-app': 'kube-dns' }");
      if (port !== undefined) checkPort(this, 'cluster.dnsPods', port);
    }
    if (dnsPods?.length === 0 && dnsAddresses?.length === 0)
      problem(this, 'cluster.dnsPods', dnsPods, 'nothing answers DNS then; name its pods, or dnsAddresses');
    for (const each of dnsAddresses ?? []) checkNetwork(this, 'cluster.dnsAddresses', each);
    if (serviceNetwork !== undefined) checkNetwork(this, 'cluster.serviceNetwork', serviceNetwork);
    if (serviceNetwork?.endsWith('/0'))
      problem(
        this,
        'cluster.serviceNetwork',
        serviceNetwork,
        'it would open every address; write that of the Services',
      );
    if (markDns && dnsPods?.length === 0)
      problem(this, 'cluster.markDns', markDns, "there are no 'dnsPods' to mark; name them, or leave it out");
    // A policy whose list of ports is empty opens all of them.
    if (apiServerPorts?.length === 0)
      problem(this, 'cluster.apiServerPorts', apiServerPorts, 'name one or more, or leave it out');
    for (const port of apiServerPorts ?? []) checkPort(this, 'cluster.apiServerPorts', port);
    if (ipFamily === IpFamily.IPV6)
      problem(
        this,
        'cluster.ipFamily',
        ipFamily,
        'the engines and agents know IPv4 alone; take a cluster that gives pods IPv4 addresses first',
      );
  }

  private addSecretList(): void {
    new k8s.KubeConfigMap(this.chart, 'secrets', {
      metadata: { ...this._metadata(REQUIRED_SECRETS), namespace: this.namespace },
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
