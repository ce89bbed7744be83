import { ApiObject, Duration, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { BalancerEngine } from './balancer-engine';
import { BalancerProps } from './balancer-props';
import { BalancerImplementation } from './balancer-implementation';
import { Heartbeat, HeartbeatMode } from '../pair/heartbeat';
import { BalancerInput, BalancerParts } from './balancer-input';
import { BalancerCertificates, certificatesOf, hasTls } from './balancer-certificates';
import { watchCertificate } from '../core/certificate-figures';
import { hashedConfig } from '../core/config';
import { limitConfiguration } from './configuration-size';
import { defined } from '../core/container';
import { OpenPort, allow } from '../core/network';
import { AGENT_MEBIBYTES, HANDOVER_SECONDS, keyOf } from '../pair/pair';
import { watchPair } from '../pair/pair-figures';
import { checkImage, checkSameSite, problem, wholeKibibytes } from '../core/problems';
import { limitsOf } from './path-limits';
import { Protection, protectionsOf } from './protected-paths';
import { Route } from './route';
import { answerSeconds, edgeOf, headersKibibytes } from './edge';
import { FrontImplementation } from './front-implementation';
import { LoadBalancerFront } from './load-balancer-front';
import { checkedRoutes, tiersOf } from './route-checks';
import { staticParts, staticPaths } from './static-copies';
import { AlikeWorkload, deploySlices } from '../core/deployment';
import { runOnSlices } from '../core/workload';
import { Role } from '../core/role';
import { checked } from '../core/inputs/checked';

const HTTP_PORT = 8080;
const HTTPS_PORT = 8443;
const HEALTH_PORT = 8081;

/** Below this, fewer clients than a browser's connections for a page are served at once. */
const LEAST_MEBIBYTES = 128;

/** The front of the site: one of its slices holds the site's address, and another takes it when that slice dies. */
@checked
export class Balancer extends Role {
  /** The StatefulSet of a pair; none with a single slice. */
  public readonly statefulSet: k8s.KubeStatefulSet | undefined;
  /** The Deployment of a single slice; none with a pair, whose agents know each other by the names of their pods. */
  public readonly deployment: k8s.KubeDeployment | undefined;
  /** The site's address. */
  public readonly service: k8s.KubeService;
  /** The heartbeat that makes one slice the active one; none with a single slice. */
  public readonly heartbeat: Heartbeat | undefined;
  /** The Ingress or HTTPRoute that leads to it, where `front` makes one. */
  public readonly frontObject: ApiObject | undefined;
  private readonly front: FrontImplementation;
  /** Whether it serves HTTPS by itself. */
  private readonly tls: boolean;

  constructor(scope: Construct, id: string, props: BalancerProps) {
    super(scope, id, { ...props, slices: props.slices ?? 2, alike: props.slices === 1 });
    const engine = (props.engine ?? BalancerEngine.nginx())._implementation;
    engine.check(this, props);
    checkImage(this, 'engine.image', engine.image);
    this._checkRam(LEAST_MEBIBYTES, 'half of it is for clients');
    this.front = props.front?._implementation ?? new LoadBalancerFront();
    this.tls = hasTls(props) && !this.front.isProxy;
    const routes = checkedRoutes(this, props);
    this.front.check(this, props, routes);
    const hosts = this.front.hosts(this, routes);
    const certificates = certificatesOf(this, props, routes, hosts);
    const { protections, volumes } = protectionsOf(this, props);
    this.openPorts(props);
    this.refusePair(props);
    const pair = this.slices.length > 1;
    const parts = engine.parts(this.plan(props, routes, certificates, protections));
    const secrets = [...(this.tls ? certificates.volumes : []), ...volumes];
    const workload = this.workload(props, engine.image, parts, secrets);
    this.statefulSet = pair ? runOnSlices(this, { ...workload, ports: this.servicePorts() }) : undefined;
    this.deployment = pair ? undefined : deploySlices(this, workload);
    engine.watch(this, HEALTH_PORT);
    if (this.tls) this.watchCertificates(certificates);
    this.heartbeat = this.statefulSet && this.addHeartbeat(props, engine, this.statefulSet);
    this.service = this.heartbeat?.service ?? this.addService(props);
    this.frontObject = this.front.object(this, hosts, certificates.ofFront);
  }

  private watchCertificates({ files }: BalancerCertificates): void {
    for (const [index, { hosts }] of files.entries())
      watchCertificate(this, HTTPS_PORT, watchedHost(hosts) ?? this.site.domain, index > 0);
  }

  private plan(
    props: BalancerProps,
    routes: Route[],
    certificates: BalancerCertificates,
    protections: Protection[],
  ): BalancerInput {
    return {
      mebibytes: this._mebibytes,
      reserved: this.slices.length > 1 ? AGENT_MEBIBYTES : 0,
      tiers: tiersOf(props),
      routes,
      staticPaths: staticPaths(this, props.staticFiles ?? []),
      tls: this.tls,
      certificates: this.tls ? certificates.files : [],
      behindProxy: this.front.isProxy,
      httpsOnly: this.front.httpsOnly(hasTls(props)),
      protections,
      limits: limitsOf(this, props),
      answerSeconds: answerSeconds(this, props),
      largestBody: wholeKibibytes(this, 'largestBody', props.largestBody ?? Size.mebibytes(16)),
      headersKibibytes: headersKibibytes(this, props),
      fetchFrom: props.blobs?._fetchFrom,
      ...edgeOf(this, props),
      httpPort: HTTP_PORT,
      httpsPort: HTTPS_PORT,
      healthPort: HEALTH_PORT,
    };
  }

  private openPorts(props: BalancerProps): void {
    this.front.allow(this, [{ port: HTTP_PORT }, ...(this.tls ? [{ port: HTTPS_PORT }] : [])]);
    for (const tier of tiersOf(props)) this.reach(tier === props.web ? 'web' : 'routes', tier, [{ port: tier.port }]);
    if (props.blobs) this.reach('blobs', props.blobs, props.blobs._fetchPorts);
  }

  private reach(property: string, role: Role, ports: OpenPort[]): void {
    if (checkSameSite(this, property, role)) allow(this, role, ports);
  }

  /** One slice has no other to lead. */
  private refusePair({ slices, failover, mode, nodeImage }: BalancerProps): void {
    if (slices !== 1) return;
    const given = defined({ failover: failover && `${failover.leaseSeconds} s`, mode, nodeImage });
    for (const [property, value] of Object.entries(given))
      problem(this, property, value, 'one slice has no pair to lead; leave it out, or write two slices');
  }

  private workload(props: BalancerProps, image: string, parts: BalancerParts, secrets: k8s.Volume[]): AlikeWorkload {
    const pair = this.slices.length > 1;
    const statics = staticParts(this, props.staticFiles ?? [], image);
    const metadata = this._metadata(this.name);
    const config = hashedConfig(this.chart, 'config', `${this.name}-config`, parts.files, metadata);
    limitConfiguration(this, config, props);
    return {
      containers: parts.containers,
      sidecars: parts.sidecars ?? [],
      init: statics.init,
      added: pair ? [AGENT_MEBIBYTES] : [],
      volumes: [
        { name: 'balancer', configMap: { name: config.name } },
        ...statics.volumes,
        ...secrets,
        ...parts.volumes,
      ],
      grace: Duration.seconds(GRACE_SECONDS + (pair ? HANDOVER_SECONDS : 0)),
      group: 10001,
      givesUpDead: true,
      // The one that was replaced is warm before the other leaves.
      minReady: Duration.seconds(5),
    };
  }

  private servicePorts(): k8s.ServicePort[] {
    const port = (name: string, number: number, target: number) => ({
      name,
      port: number,
      targetPort: k8s.IntOrString.fromNumber(target),
      appProtocol: name,
    });
    return [port('http', 80, HTTP_PORT), ...(this.tls ? [port('https', 443, HTTPS_PORT)] : [])];
  }

  private serviceSpec(props: BalancerProps): k8s.ServiceSpec {
    const { http, https } = this.front.nodePorts();
    const nodePorts = [http, https];
    const ports = this.servicePorts().map((port, index) => ({ ...port, ...defined({ nodePort: nodePorts[index] }) }));
    return { ...this.front.service(props), ports };
  }

  private addHeartbeat(props: BalancerProps, engine: BalancerImplementation, pair: k8s.KubeStatefulSet): Heartbeat {
    watchPair(this);
    const { name: secret, ...wanted } = keyOf(this.name);
    this.site._requireSecret({ name: secret, namespaces: [this.namespace], ...wanted });
    const usual = Heartbeat.within(Duration.seconds(2));
    const { failover = usual } = props;
    return new Heartbeat(this.chart, 'heartbeat', {
      statefulSet: ApiObject.of(pair),
      secret,
      checkPort: HEALTH_PORT,
      checkPath: engine.healthPath,
      // What is wrong is said of the property that its user wrote, and not again of the heartbeat's.
      failover: failover._check(this, 'failover') ? failover : usual,
      mode: props.mode ?? HeartbeatMode.ONE_ACTIVE,
      ...defined({ nodeImage: props.nodeImage }),
      service: this.serviceSpec(props),
      isolated: true,
      ...(this.site.apiServer && { apiServer: this.site.apiServer }),
    });
  }

  private addService(props: BalancerProps): k8s.KubeService {
    return new k8s.KubeService(this.chart, 'service', {
      metadata: this._metadata(`${this.name}-active`),
      spec: { ...this.serviceSpec(props), selector: this._selector },
    });
  }
}

/** A host of a certificate, by whose name it is shown. */
function watchedHost([host]: string[]): string | undefined {
  return host?.replace(/^\*/, 'www');
}

/** Seconds in which an engine finishes the requests it has. */
const GRACE_SECONDS = 30;
