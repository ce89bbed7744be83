import { Duration, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-34';
import { Construct } from 'constructs';
import { DATA, LEAST_MEBIBYTES, PORT, RUN, SETTINGS, USER, myCnf } from './engines/mysql';
import { PASSWORDS, startScript } from './engines/mysql-start';
import { hashedConfig } from './private/config';
import { container } from './private/container';
import { allow } from './private/network';
import { Offer, envName, secretEnv } from './private/offer';
import { checkAtLeast, checkImage, problem } from './private/problems';
import { SecretValue } from './private/secrets';
import { runOnSlices } from './private/workload';
import { Role } from './role';

/** Properties for `ReplicatedMySQL`. */
export interface ReplicatedMySQLProps {
  /** RAM of one server. InnoDB's buffer pool and the number of connections follow from it. At least 256 MiB. */
  readonly ram: Size;

  /** The databases of the site, which its account owns. The first is the one that programs are told of. */
  readonly databases: string[];

  /**
   * The image, which has `mysqld` 9.7 or a later 9 on its PATH, and `bash`.
   *
   * @default docker.io/library/mysql:9.7
   */
  readonly image?: string;

  /**
   * The volume of each server: its data, its temporary files, and the binary logs of three days.
   *
   * A volume outlives its pod; how it grows later is up to its storage class.
   *
   * @default Size.gibibytes(10)
   */
  readonly storage?: Size;

  /**
   * More of mysqld's settings, by the names in MySQL's manual; they go before those of the library.
   *
   * @default - those that follow from the RAM
   */
  readonly settings?: Record<string, string>;
}

/** A pair of MySQL servers: what is written to one is on the other before it is acknowledged. */
export class ReplicatedMySQL extends Role {
  /** The name of the server that takes writes. */
  public readonly writeAddress: string;
  /** The name of the servers that can be read from. */
  public readonly readAddress: string;
  /** What runs the servers. */
  public readonly statefulSet: k8s.KubeStatefulSet;
  /** The databases that its account owns. */
  public readonly databases: string[];
  private readonly accountSecret: string;
  private readonly ownSecret: string;

  constructor(scope: Construct, id: string, props: ReplicatedMySQLProps) {
    super(scope, id, { slices: 2, ram: props.ram });
    this.databases = props.databases;
    this.accountSecret = this.name;
    this.ownSecret = `${this.name}-internal`;
    this.writeAddress = this._address(`${this.name}-write`);
    this.readAddress = this._address(`${this.name}-read`);
    this.check(props);
    this.requireSecrets();
    this.addServices();
    allow(this, this, [{ port: PORT }]);
    this.statefulSet = this.addServers(props, props.image ?? IMAGE);
  }

  /** @internal */
  public override _offer(): Offer {
    const name = (what: string) => envName(this.node.id, what);
    return {
      ports: [{ port: PORT }],
      env: [
        { name: name('HOST'), value: this.writeAddress },
        { name: name('READ_HOST'), value: this.readAddress },
        { name: name('PORT'), value: String(PORT) },
        { name: name('NAME'), value: this.databases[0] ?? '' },
        { name: name('USER'), value: this.site.name },
        secretEnv(name('PASSWORD'), this.accountSecret, 'password'),
      ],
      secrets: [this.accountSecret],
    };
  }

  private check(props: ReplicatedMySQLProps): void {
    checkImage(this, 'image', props.image ?? IMAGE);
    checkAtLeast(
      this,
      'ram',
      props.ram,
      Size.mebibytes(LEAST_MEBIBYTES),
      'mysqld takes 152 MiB beside its buffer pool and connections',
    );
    if (props.databases.length === 0) problem(this, 'databases', '[]', "name one or more, as in ['wiki']");
    props.databases.forEach((name, index) => {
      if (!/^[a-z][a-z0-9_]{0,63}$/.test(name) || /^(mysql|sys|performance_schema|information_schema)$/.test(name)) {
        const instead = 'write up to 64 lower-case letters, digits and underscores, and none of MySQL’s own names';
        problem(this, 'databases', name, instead);
      } else if (props.databases.indexOf(name) !== index) problem(this, 'databases', name, 'write it once');
    });
  }

  private requireSecrets(): void {
    const password = SecretValue.PASSWORD;
    const namespaces = [this.namespace];
    this.site._requireSecret({ name: this.accountSecret, namespaces, keys: { password } });
    this.site._requireSecret({ name: this.ownSecret, namespaces, keys: { agent: password, replication: password } });
  }

  private addServices(): void {
    const ports = [{ name: 'mysql', port: PORT, appProtocol: 'mysql' }];
    const writable = { ...this._selector, 'apps.kubernetes.io/pod-index': '1' };
    new k8s.KubeService(this.chart, 'write', {
      metadata: this._metadata(`${this.name}-write`),
      spec: { selector: writable, ports },
    });
    new k8s.KubeService(this.chart, 'read', {
      metadata: this._metadata(`${this.name}-read`),
      spec: { selector: this._selector, ports },
    });
  }

  private addServers(props: ReplicatedMySQLProps, image: string): k8s.KubeStatefulSet {
    const mebibytes = props.ram.toMebibytes();
    const files = {
      'my.cnf': myCnf(mebibytes, props.settings),
      'start.sh': startScript({
        databases: props.databases,
        user: this.site.name,
        name: this.name,
        source: this._address(this.slices[0]!.name),
      }),
    };
    const config = hashedConfig(this.chart, 'settings', `${this.name}-mysql`, files, this._metadata(this.name));
    const answers = { tcpSocket: { port: k8s.IntOrString.fromNumber(PORT) }, periodSeconds: 5 };
    return runOnSlices(this, {
      containers: [
        container({
          name: 'mysqld',
          image,
          mebibytes,
          command: ['bash', `${SETTINGS}/start.sh`],
          env: [
            secretEnv(PASSWORDS.site, this.accountSecret, 'password'),
            secretEnv(PASSWORDS.replication, this.ownSecret, 'replication'),
            secretEnv(PASSWORDS.agent, this.ownSecret, 'agent'),
          ],
          mounts: [
            { name: 'settings', mountPath: SETTINGS, readOnly: true },
            { name: 'data', mountPath: DATA },
            { name: 'run', mountPath: RUN },
          ],
          user: USER,
          ports: [{ name: 'mysql', containerPort: PORT }],
          // A volume is initialized within a minute; one that is recovered or cloned takes as long as it takes.
          startup: { ...answers, periodSeconds: 1, failureThreshold: 600 },
          readiness: answers,
          liveness: { ...answers, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
        }),
      ],
      volumes: [
        { name: 'settings', configMap: { name: config.name } },
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } },
      ],
      claims: [{ name: 'data', size: props.storage ?? Size.gibibytes(10) }],
      ports: [{ name: 'mysql', port: PORT, appProtocol: 'mysql' }],
      grace: Duration.seconds(60),
      group: USER,
      answersUnready: true,
    });
  }
}

const IMAGE = 'docker.io/library/mysql:9.7';
