import { Duration, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { CommonProps } from '../core/common-props';
import { ContainerSpec, container } from '../core/container';
import { Egress } from '../core/egress';
import { OutsidePort, allowOutside } from '../core/network';
import { Program, programOf } from '../core/program';
import { checkImage, problem } from '../core/problems';
import { addAutoscaler, checkScaling, mostSlices } from './web-scaling';
import { checkUrlPath } from '../core/values';
import { addMigration, migrated } from './migration-job';
import { Migration } from './migration';
import { checkFolders, withFolders } from './writable';
import { LEAVING_SECONDS, WebImplementation } from './web-implementation';
import { WebServer } from './web-server';
import { deploySlices } from '../core/deployment';
import { Role } from '../core/role';
import { ExistingSecret, SecretFile } from '../core/secret-file';
import { StaticFiles } from '../core/static-files';
import { IConnectable } from '../core/connectable';
import { checked } from '../core/inputs/checked';

/** Properties for `WebTier`. */
export interface WebTierProps extends CommonProps {
  /** RAM of one slice. The number of Apache's workers, or what another server is told of it, follows from it. */
  readonly ram: Size;

  /** The site's image: the server and the site's own code. */
  readonly image: string;

  /**
   * How many slices, 999 at most. From 20 slices on, a release or a drain takes a tenth of them at a time, and fewer are replaced one by one.
   *
   * @default 2
   */
  readonly slices?: number;

  /**
   * The program in the image that serves requests.
   *
   * @default WebServer.apache()
   */
  readonly server?: WebServer;

  /**
   * Roles that the code connects to. Each gives it addresses and credentials in the environment.
   *
   * @default - nothing: every connection out of it is refused
   */
  readonly uses?: IConnectable[];

  /**
   * Connections of the code and of `migrate` out of the cluster, as to a payment service.
   *
   * @default - nothing
   */
  readonly egress?: Egress[];

  /**
   * More of the environment. The program gets each value exactly as it is written here: `$(NAME)` is not replaced.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;

  /**
   * Files, by their path. A change of one is a roll-out.
   *
   * @default - none
   */
  readonly files?: Record<string, string>;

  /**
   * Folders that the code may write, beside `/tmp`. Each is empty as a slice starts, and ends with it.
   *
   * A file of `files` may be in one. `/var/www/html` is for entrypoints that fill it, such as WordPress'.
   *
   * @default - none
   */
  readonly writable?: string[];

  /**
   * Secrets of the site, `dfw-<name>`, and the keys of each, which are put in the environment under their own names.
   *
   * `cdk8s-slices secrets` makes each value up that lacks: 32 random letters and digits. Write values here that only the site knows, such as
   * a session key; a value that somebody else has given you belongs in `existingSecrets`.
   *
   * @default - none but those of `uses`
   */
  readonly secrets?: Record<string, string[]>;

  /**
   * Variables from Secrets that others make, as an operator or the owner of an account: `{ STRIPE_KEY: { secret: 'stripe', key: 'api-key' } }`.
   *
   * The command that makes Secrets never makes these values up. It names each that is missing, and slices wait for it.
   *
   * @default - none
   */
  readonly existingSecrets?: Record<string, ExistingSecret>;

  /**
   * Files whose content is a secret, by their path: a key, or a configuration that has a password in it.
   *
   * Slices wait for the content, which somebody puts there, unless the file says `generate`. A slice sees a new value once it is started
   * again.
   *
   * @default - none
   */
  readonly secretFiles?: Record<string, SecretFile>;

  /**
   * The path that shows whether a slice can serve. It should not depend on another slice, or all slices leave at once.
   *
   * @default /
   */
  readonly healthPath?: string;

  /**
   * A command that makes what the code needs, such as the tables of a database.
   *
   * A Job runs it once for each change of the command, of the image or of the code's properties, until it succeeds. It must bear being run
   * again. Slices do not start before its first success. Later ones run beside slices, so it has to leave the last release's code working.
   *
   * @default - nothing is made
   */
  readonly migrate?: string[];

  /**
   * RAM, time and tries of `migrate`, and the workers that wait for it.
   *
   * @default - as `Migration` says
   */
  readonly migration?: Migration;

  /**
   * More slices while the load lasts.
   *
   * @default - always the same number
   */
  readonly scaling?: WebScaling;
}

/** How a web tier grows with its load. */
export interface WebScaling {
  /** The most slices that there may be; `slices` is the fewest. */
  readonly max: number;

  /**
   * CPU, in percent of the slices' request. More slices are added until the mean is down to it.
   *
   * @default 70
   */
  readonly targetCpuPercent?: number;
}

/** A web server and the site's own code: they serve every request that is not for a static file. */
@checked
export class WebTier extends Role {
  /** The port that the server listens on. */
  public readonly port: number;
  /** The name that has the addresses of the slices that can serve now. */
  public readonly readyAddress: string;
  /** The name of one address that stays. It leads each connection to any slice that can serve. */
  public readonly anyAddress: string;
  /** The Deployment of the slices. */
  public readonly deployment: k8s.KubeDeployment;
  /** The Job that runs `migrate`. */
  public readonly migrateJob: k8s.KubeJob | undefined;
  /** The autoscaler, which adds slices; none where the tier has no `scaling`. */
  public readonly autoscaler: k8s.KubeHorizontalPodAutoscalerV2 | undefined;
  private readonly image: string;
  private readonly documentRoot: string | undefined;

  constructor(scope: Construct, id: string, props: WebTierProps) {
    const floor = props.slices ?? 2;
    super(scope, id, { ...props, slices: mostSlices(floor, props.scaling), always: floor, alike: true });
    const server = (props.server ?? WebServer.apache())._implementation;
    this.port = server.port;
    this.image = props.image;
    this.documentRoot = server.documentRoot;
    this.readyAddress = this._address(`${this.name}-ready`);
    this.anyAddress = this._address(`${this.name}-any`);
    this.check(props, server);
    this._clients = { each: server.connections(this) };
    if (props.scaling) checkScaling(this, props.scaling, floor);
    const { writable = [] } = props;
    const folders = [...server.folders, ...writable];
    checkFolders(this, writable, [...server.folders, ...server.taken]);
    const taken = { names: Object.keys(server.env(this)), folders: [...folders, ...server.taken] };
    const program = withFolders(programOf(this, props, taken), folders);
    const outside = (props.egress ?? []).flatMap((each) => each._of(this, 'egress'));
    allowOutside(this, outside);
    this.addServices();
    server.watch(this);
    this.deployment = this.addSlices(props, server, program);
    this.migrateJob = props.migrate && this.addMigration(props, props.migrate, server.user, program, outside);
    this.autoscaler = props.scaling && addAutoscaler(this, props.scaling, floor);
  }

  /**
   * Files of the site's image that a `Balancer` serves by itself. It copies them from Apache's document root.
   *
   * Another program has no document root: `StaticFiles.fromImage` names the folder.
   *
   * @param paths Folders whose every file is static, as the start of a URL's path, `/images/`, and files with an extension.
   */
  public staticFiles(paths: string[]): StaticFiles {
    if (this.documentRoot === undefined)
      problem(
        this,
        'staticFiles',
        paths,
        'its server has no document root; write StaticFiles.fromImage with the folder',
      );
    return StaticFiles.fromImage(this.image, this.documentRoot ?? '/', { paths });
  }

  private check(props: WebTierProps, server: WebImplementation): void {
    checkImage(this, 'image', props.image);
    server.check(this);
    if (props.healthPath !== undefined) checkUrlPath(this, 'healthPath', props.healthPath, '/healthy');
    if (props.migration && !props.migrate)
      problem(this, 'migration', props.migration, 'there is nothing to run; write the command in migrate');
  }

  private addServices(): void {
    const spec = { selector: this._selector, ports: [this.servicePort()] };
    new k8s.KubeService(this.chart, 'ready', {
      metadata: this._metadata(`${this.name}-ready`),
      spec: { clusterIp: 'None', ...spec },
    });
    new k8s.KubeService(this.chart, 'any', { metadata: this._metadata(`${this.name}-any`), spec });
  }

  private servicePort(): k8s.ServicePort {
    return { name: 'http', port: this.port, appProtocol: 'http' };
  }

  private addSlices(props: WebTierProps, server: WebImplementation, program: Program): k8s.KubeDeployment {
    const {
      mounts,
      volumes,
      front,
      init = [],
      ram = this._mebibytes,
      ...run
    } = server.parts(this, {
      ...program,
      image: props.image,
    });
    const env = Object.entries(server.env(this)).map(([name, value]) => ({ name, value }));
    const taking = this.takingRequests(props.healthPath ?? '/');
    const code = {
      name: server.name,
      image: props.image,
      mebibytes: ram,
      ...run,
      env: [...env, ...program.env, ...(props.migrate ? [migrated(this)] : [])],
      mounts: [...mounts, ...program.mounts],
      user: server.user,
    };
    return deploySlices(this, {
      containers: front ? [container(code), container({ ...front, ...taking })] : [container({ ...code, ...taking })],
      ...(init.length > 0 && { init }),
      volumes: [...volumes, ...program.volumes],
      grace: Duration.seconds(LEAVING_SECONDS + server.stopSeconds + 10),
      group: server.user,
      unprivilegedPorts: this.port < 1024,
      givesUpDead: true,
      // The balancers know a new slice before the next one leaves.
      minReady: Duration.seconds(LEAVING_SECONDS),
      ...(props.scaling ? { scaled: true } : {}),
    });
  }

  /** The port of a container, and how the kubelet asks it. */
  private takingRequests(path: string): Pick<ContainerSpec, 'ports' | 'startup' | 'readiness' | 'liveness'> {
    const asked = { httpGet: { path, port: k8s.IntOrString.fromNumber(this.port) } };
    return {
      ports: [{ name: 'http', containerPort: this.port }],
      startup: { ...asked, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 90 },
      readiness: { ...asked, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 2 },
      // Connecting only: a busy server that lets a request wait is not dead.
      liveness: { tcpSocket: asked.httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    };
  }

  private addMigration(
    props: WebTierProps,
    command: string[],
    user: number,
    program: Program,
    outside: OutsidePort[],
  ): k8s.KubeJob {
    const { image, migration: options = {}, files = {}, uses = [] } = props;
    return addMigration(this, { command, options, image, user, program, files, uses, outside });
  }
}
