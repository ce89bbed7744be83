import { ApiObject, Duration, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { BalancerEngine } from './balancer-engine';
import { BalancerProps } from './balancer-props';
import { BalancerImplementation } from './balancer-implementation';
import { Heartbeat, HeartbeatMode } from '../pair/heartbeat';
import { BalancerInput, BalancerParts } from './balancer-input';
import { CertificateFiles, certificatesOf } from './balancer-certificates';
import { watchCertificate } from '../core/certificate-figures';
import { hashedConfig } from '../core/config';
import { defined } from '../core/container';
import { OpenPort, allow, allowFromAnywhere } from '../core/network';
import { AGENT_MEBIBYTES, HANDOVER_SECONDS, keyOf } from '../pair/pair';
import { watchPair } from '../pair/pair-figures';
import { checkAddress, checkImage, checkSameSite, wholeKibibytes } from '../core/problems';
import { Route } from './route';
import { edgeOf } from './edge';
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

  constructor(scope: Construct, id: string, props: BalancerProps) {
    super(scope, id, { ...props, slices: props.slices ?? 2, alike: props.slices === 1 });
    const engine = (props.engine ?? BalancerEngine.nginx())._implementation;
    engine.check(this, props);
    checkImage(this, 'engine.image', engine.image);
    this._checkRam(LEAST_MEBIBYTES, 'half of it is for clients');
    if (props.address !== undefined) checkAddress(this, 'address', props.address);
    const routes = checkedRoutes(this, props);
    const certificates = certificatesOf(this, props, routes);
    this.openPorts(props);
    const pair = this.slices.length > 1;
    const parts = engine.parts(this.plan(props, routes, certificates.files));
    const workload = this.workload(props, engine.image, parts, certificates.volumes);
    this.statefulSet = pair ? runOnSlices(this, { ...workload, ports: this.servicePorts(props) }) : undefined;
    this.deployment = pair ? undefined : deploySlices(this, workload);
    engine.watch(this, HEALTH_PORT);
    for (const [index, { hosts }] of certificates.files.entries())
      watchCertificate(this, HTTPS_PORT, watchedHost(hosts) ?? this.site.domain, index > 0);
    this.heartbeat = this.statefulSet && this.addHeartbeat(props, engine, this.statefulSet);
    this.service = this.heartbeat?.service ?? this.addService(props);
  }

  private plan(props: BalancerProps, routes: Route[], certificates: CertificateFiles[]): BalancerInput {
    return {
      mebibytes: this._mebibytes,
      reserved: this.slices.length > 1 ? AGENT_MEBIBYTES : 0,
      tiers: tiersOf(props),
      routes,
      staticPaths: staticPaths(this, props.staticFiles ?? []),
      tls: hasTls(props),
      certificates,
      largestBody: wholeKibibytes(this, 'largestBody', props.largestBody ?? Size.mebibytes(16)),
      fetchFrom: props.blobs?._fetchFrom,
      ...edgeOf(this, props),
      httpPort: HTTP_PORT,
      httpsPort: HTTPS_PORT,
      healthPort: HEALTH_PORT,
    };
  }

  private openPorts(props: BalancerProps): void {
    allowFromAnywhere(this, [{ port: HTTP_PORT }, ...(hasTls(props) ? [{ port: HTTPS_PORT }] : [])]);
    for (const tier of tiersOf(props)) this.reach(tier === props.web ? 'web' : 'routes', tier, [{ port: tier.port }]);
    if (props.blobs) this.reach('blobs', props.blobs, props.blobs._fetchPorts);
  }

  private reach(property: string, role: Role, ports: OpenPort[]): void {
    if (checkSameSite(this, property, role)) allow(this, role, ports);
  }

  private workload(
    props: BalancerProps,
    image: string,
    parts: BalancerParts,
    certificates: k8s.Volume[],
  ): AlikeWorkload {
    const pair = this.slices.length > 1;
    const statics = staticParts(this, props.staticFiles ?? [], image);
    const config = hashedConfig(this.chart, 'config', `${this.name}-config`, parts.files, this._metadata(this.name));
    return {
      containers: parts.containers,
      sidecars: parts.sidecars ?? [],
      init: statics.init,
      added: pair ? [AGENT_MEBIBYTES] : [],
      volumes: [
        { name: 'balancer', configMap: { name: config.name } },
        ...statics.volumes,
        ...certificates,
        ...parts.volumes,
      ],
      grace: Duration.seconds(GRACE_SECONDS + (pair ? HANDOVER_SECONDS : 0)),
      group: 10001,
      givesUpDead: true,
      // The one that was replaced is warm before the other leaves.
      minReady: Duration.seconds(5),
    };
  }

  private servicePorts(props: BalancerProps): k8s.ServicePort[] {
    const port = (name: string, number: number, target: number) => ({
      name,
      port: number,
      targetPort: k8s.IntOrString.fromNumber(target),
      appProtocol: name,
    });
    return [port('http', 80, HTTP_PORT), ...(hasTls(props) ? [port('https', 443, HTTPS_PORT)] : [])];
  }

  private serviceSpec(props: BalancerProps): k8s.ServiceSpec {
    // `Local` keeps the client's own address, and lets only nodes with an active slice announce the site's.
    return {
      type: 'LoadBalancer',
      ...defined({ loadBalancerIp: props.address }),
      externalTrafficPolicy: 'Local',
      ports: this.servicePorts(props),
    };
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

/** Whether it serves HTTPS. */
function hasTls({ tls, certificates = [] }: BalancerProps): boolean {
  return tls === true || certificates.length > 0;
}

/** Seconds in which an engine finishes the requests it has. */
const GRACE_SECONDS = 30;
