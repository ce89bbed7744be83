import { Duration, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { Apache, CONFIGURATION_FOLDER, GRACEFUL_SECONDS, STATUS_PORT, workerLimit } from './apache';
import { watchApache } from './apache-figures';
import { CommonProps } from '../core/common-props';
import { hashedConfig } from '../core/config';
import { container } from '../core/container';
import { runOnce } from '../core/job';
import { Program, programOf } from '../core/program';
import { checkImage, checkPort, problem, wholeMebibytes } from '../core/problems';
import { addAutoscaler, checkScaling, mostSlices } from './web-scaling';
import { checkCommand, checkFolder, checkUrlPath } from '../core/values';
import { runOnSlices } from '../core/workload';
import { Role } from '../core/role';
import { SecretFile } from '../core/secret-file';
import { StaticFiles } from '../core/static-files';
import { IConnectable } from '../core/connectable';
import { checked } from '../core/inputs/checked';

/**
 * Seconds between a slice's leaving DNS and its refusing requests. The cluster's DNS may keep its answer for 5, a balancer looks every 2,
 * and Perlbal at its node file every 3. At 10, requests were lost in one release of four.
 */
const LEAVING_SECONDS = 15;

/** RAM of the Job that prepares, in MiB: PHP's own bound on one program is 128. */
const PREPARE_MEBIBYTES = 256;

/** Properties for `WebTier`. */
export interface WebTierProps extends CommonProps {
  /** RAM of one slice. The number of Apache's workers follows from it. */
  readonly ram: Size;

  /** The site's image: Apache and the site's own code. */
  readonly image: string;

  /**
   * How many slices.
   *
   * @default 2
   */
  readonly slices?: number;

  /**
   * The layout of Apache in the image, and the RAM of its workers.
   *
   * @default Apache.debian()
   */
  readonly apache?: Apache;

  /**
   * Roles that the code connects to. Each gives it addresses and credentials in the environment.
   *
   * @default - nothing: every connection out of it is refused
   */
  readonly uses?: IConnectable[];

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
   * Secrets of the site, `dfw-<name>`, and the keys of each, which are put in the environment under their own names.
   *
   * @default - none but those of `uses`
   */
  readonly secrets?: Record<string, string[]>;

  /**
   * Files whose content is a secret, by their path: a key, or a configuration that has a password in it.
   *
   * The command that makes Secrets makes a random value: replace it by the file's content. A slice sees a new value once it is started
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
   * A command that prepares what the code needs, such as the tables of a database. It runs once for each change of the command, of the
   * image or of the code's properties, until it succeeds. It runs in a Job of 256 MiB beside the slices.
   *
   * It must bear being run again and wait by itself for what it needs: nothing says what starts first.
   *
   * @default - nothing is prepared
   */
  readonly migrate?: string[];

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

/** Apache and the site's own code: they serve every request that is not for a static file. */
@checked
export class WebTier extends Role {
  /** The port that Apache listens on. */
  public readonly port: number;
  /** The name that has the addresses of the slices that can serve now. */
  public readonly readyAddress: string;
  /** The name of one address that stays. It leads each connection to any slice that can serve. */
  public readonly anyAddress: string;
  /** The StatefulSet of the slices. */
  public readonly statefulSet: k8s.KubeStatefulSet;
  /** The Job that runs `migrate`. */
  public readonly migrateJob: k8s.KubeJob | undefined;
  /** The autoscaler, which adds slices; none where the tier has no `scaling`. */
  public readonly autoscaler: k8s.KubeHorizontalPodAutoscalerV2 | undefined;
  private readonly image: string;
  private readonly documentRoot: string;

  constructor(scope: Construct, id: string, props: WebTierProps) {
    const floor = props.slices ?? 2;
    super(scope, id, { ...props, slices: mostSlices(floor, props.scaling), always: floor });
    const apache = props.apache ?? Apache.debian();
    this.port = apache.port;
    this.image = props.image;
    this.documentRoot = apache.documentRoot;
    this.readyAddress = this._address(`${this.name}-ready`);
    this.anyAddress = this._address(`${this.name}-any`);
    const workerMebibytes = wholeMebibytes(this, 'apache.workerRam', apache.workerRam);
    this.check(props, apache, workerMebibytes);
    this._clients = { each: Math.max(1, workerLimit(this._mebibytes, workerMebibytes)) };
    if (props.scaling) checkScaling(this, props.scaling, floor);
    const { env, writable } = apache._run();
    const taken = { names: Object.keys(env), folders: [...writable, CONFIGURATION_FOLDER] };
    const program = programOf(this, props, taken);
    this.addServices();
    watchApache(this);
    this.statefulSet = this.addSlices(props, apache, workerMebibytes, program);
    this.migrateJob = props.migrate && this.addPreparation(props, props.migrate, apache, program);
    this.autoscaler = props.scaling && addAutoscaler(this, props.scaling, floor);
  }

  /**
   * Files of the site's image that a `Balancer` serves by itself. It copies them from Apache's document root.
   *
   * @param paths Folders whose every file is static, as the start of a URL's path, `/images/`, and files with an extension.
   */
  public staticFiles(paths: string[]): StaticFiles {
    return StaticFiles.fromImage(this.image, this.documentRoot, { paths });
  }

  private check(props: WebTierProps, apache: Apache, workerMebibytes: number): void {
    checkImage(this, 'image', props.image);
    if (apache.port === STATUS_PORT)
      problem(this, 'apache.port', apache.port, 'Apache tells of its workers there; write another');
    checkPort(this, 'apache.port', apache.port);
    if (workerLimit(this._mebibytes, workerMebibytes) < 2) {
      const { sidecarMebibytes } = this._settings;
      const least = 32 + 2 * workerMebibytes + sidecarMebibytes;
      const what = sidecarMebibytes > 0 ? 'Apache, two workers and the sidecars' : 'Apache and two workers';
      problem(this, 'ram', props.ram, `${what} need ${least} MiB; write that or more, or a smaller workerRam`);
    }
    if (props.healthPath !== undefined) checkUrlPath(this, 'healthPath', props.healthPath, '/healthy');
    if (props.migrate) checkCommand(this, 'migrate', props.migrate);
    checkFolder(this, 'apache.documentRoot', apache.documentRoot);
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

  private addSlices(
    props: WebTierProps,
    apache: Apache,
    workerMebibytes: number,
    program: Program,
  ): k8s.KubeStatefulSet {
    const mebibytes = this._mebibytes;
    const directives = { 'slices.conf': apache._directives(mebibytes, workerMebibytes) };
    const of = { construct: this, property: 'apache.directives' };
    const config = hashedConfig(this.chart, 'apache', `${this.name}-apache`, directives, this._metadata(this.name), of);
    const { command, env, writable, user } = apache._run();
    const folders = writable.map((path, index) => ({ name: `writable-${index}`, mountPath: path }));
    const asked = { httpGet: { path: props.healthPath ?? '/', port: k8s.IntOrString.fromNumber(this.port) } };
    const set = runOnSlices(this, {
      containers: [
        container({
          name: 'apache',
          image: props.image,
          mebibytes,
          command,
          env: [...Object.entries(env).map(([name, value]) => ({ name, value })), ...program.env],
          mounts: [{ name: 'apache', mountPath: CONFIGURATION_FOLDER, readOnly: true }, ...folders, ...program.mounts],
          user,
          ports: [{ name: 'http', containerPort: this.port }],
          startup: { ...asked, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 90 },
          readiness: { ...asked, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 2 },
          // Connecting only: a busy Apache that lets a request wait is not dead.
          liveness: { tcpSocket: asked.httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
          preStop: { exec: { command: ['/bin/sh', '-c', STOP] } },
        }),
      ],
      volumes: [
        { name: 'apache', configMap: { name: config.name } },
        ...folders.map(({ name }) => ({ name, emptyDir: {} })),
        ...program.volumes,
      ],
      ports: [this.servicePort()],
      grace: Duration.seconds(LEAVING_SECONDS + GRACEFUL_SECONDS + 10),
      group: user,
      unprivilegedPorts: this.port < 1024,
      givesUpDead: true,
      // The balancers know a new slice before the next one leaves.
      minReady: Duration.seconds(LEAVING_SECONDS),
      ...(props.scaling ? { scaled: true } : {}),
    });
    return set;
  }

  private addPreparation(props: WebTierProps, command: string[], apache: Apache, program: Program): k8s.KubeJob {
    const { user } = apache._run();
    return runOnce(this, {
      name: 'migrate',
      containers: [
        container({
          name: 'migrate',
          image: props.image,
          mebibytes: PREPARE_MEBIBYTES,
          command,
          env: program.env,
          mounts: [{ name: 'scratch', mountPath: '/tmp' }, ...program.mounts],
          user,
        }),
      ],
      volumes: [{ name: 'scratch', emptyDir: {} }, ...program.volumes],
      ports: [],
      uses: props.uses ?? [],
      group: user,
    });
  }
}

/**
 * Lets the balancers forget the slice, then tells Apache to finish its requests. TERM, which follows this hook, would cut requests off. So
 * the hook lasts as long as Apache does.
 */
const STOP = `sleep ${LEAVING_SECONDS}; kill -WINCH 1; while kill -0 1; do sleep 0.2; done 2>/dev/null`;
