import { Duration, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { FIGURES_PORT, PostfixSettings, TLS_FOLDER, postfixFiles } from './postfix';
import { LEAST_MEBIBYTES, handoverLimit } from './postfix-ram';
import { checkMessageSize, largestMessage } from './message-size';
import { watchPostfix } from './postfix-figures';
import { checkRecipients } from './recipients';
import { MailHandler } from './mail-handler';
import { watchMailCertificate } from '../core/certificate-figures';
import { CommonProps } from '../core/common-props';
import { hashedConfig, limitFiles } from '../core/config';
import { container } from '../core/container';
import { allowFromAnywhere, allowOutside } from '../core/network';
import { checkDomain, checkImage, problem, wholeMebibytes } from '../core/problems';
import { Program, programOf } from '../core/program';
import { SecretValue } from '../core/secrets';
import { runOnSlices } from '../core/workload';
import { Role } from '../core/role';
import { PodSecurity } from '../core/site';
import { checked } from '../core/inputs/checked';

const PORT = 25;
/** Seconds until nobody is sent to a slice that leaves, and the most that it then waits for the messages in hand. */
const LEAVING_SECONDS = 5;
const FINISHING_SECONDS = 20;
/** TheSchwartz keeps no longer name (images/theschwartz/schema.sql). */
const FUNCTION = /^[A-Za-z0-9_:.-]{1,255}$/;
/**
 * Postfix starts as root and gives its parts to users without powers: CHOWN and FOWNER are for the folders of its spool, SETUID and SETGID
 * to become those users, KILL to stop them, DAC_OVERRIDE to open their files.
 */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'];

/** Postfix counts no further (int32). */
const MOST_A_MINUTE = 2_147_483_647;

/** Properties for `MailIntake`. */
export interface MailIntakeProps extends CommonProps {
  /** RAM of one slice. The number of senders at a time, and of messages handed over at a time, follows from it. At least 128 MiB. */
  readonly ram: Size;

  /** The receiver of each message: `MailHandler.queue(jobs, 'Site::IncomingMail')`. */
  readonly handler: MailHandler;

  /**
   * The domains that mail is received for. Mail for any other is refused.
   *
   * @default - the site's domain
   */
  readonly domains?: string[];

  /**
   * The addresses that exist, exactly these: in any case, and with the domain in any script. Mail for another address is refused before it
   * is sent.
   *
   * @default - every address of the domains, or those of `recipientPatterns`
   */
  readonly recipients?: string[];

  /**
   * More addresses that exist: a `*` before the `@` is any text, as in `*@post.example.org` or `reply-*@example.org`.
   *
   * @default - none but `recipients`
   */
  readonly recipientPatterns?: string[];

  /**
   * Characters that end the name in an address of `recipients`. With `+`, mail for `post+list@example.org` is taken where
   * `post@example.org` exists. The handler is told the whole address.
   *
   * @default - none: such an address is another one
   */
  readonly recipientDelimiters?: string;

  /**
   * The server's own name: the name in the domains' MX records.
   *
   * @default - `mail.` before the site's domain
   */
  readonly hostName?: string;

  /**
   * The number of slices, each with a spool of its own. They share the address. Mail in the spool of a slice that is down waits until it is
   * up.
   *
   * @default 1
   */
  readonly slices?: number;

  /**
   * The image, from images/postfix. A site's own command is in an image made from it.
   *
   * @default ghcr.io/cdk8s-slices/postfix:3.10
   */
  readonly image?: string;

  /**
   * The largest message. A larger one is refused as it is sent. Fewer are handed over at a time when it grows.
   *
   * At least 64 KiB, and at most what one hand-over has the RAM for and the handler's queue takes: docs/mail-intake.md.
   *
   * @default - 10 MiB, or the most that is possible where that is less
   */
  readonly largestMessage?: Size;

  /**
   * Connections that a client's address may make in a minute.
   *
   * @default 60
   */
  readonly connectionsPerMinute?: number;

  /**
   * Messages that a client's address may send in a minute.
   *
   * @default 100
   */
  readonly messagesPerMinute?: number;

  /**
   * Whether to offer STARTTLS with the certificate of the Secret `dfw-mail-tls` (`tls.crt`, `tls.key`) of the role's namespace.
   *
   * @default true
   */
  readonly tls?: boolean;

  /**
   * The volume of each slice's spool. At least twice the largest message: Postfix takes none while there is less room than one
   * and a half of it.
   *
   * @default Size.gibibytes(2)
   */
  readonly storage?: Size;
}

/**
 * Receives mail for the site's domains alone, and hands each message to the site's code. It sends none.
 *
 * A message is on the slice's volume before its sender is told that it was accepted. It stays there until the handler has taken it, for up
 * to 30 days. A handler that dies after it took a message, but before it said so, gets the message again.
 */
@checked
export class MailIntake extends Role {
  /** The StatefulSet of the slices. */
  public readonly statefulSet: k8s.KubeStatefulSet;
  /** The address that MX records lead to. */
  public readonly service: k8s.KubeService;

  constructor(scope: Construct, id: string, props: MailIntakeProps) {
    super(scope, id, { ...props, slices: props.slices ?? 1, security: PodSecurity.BASELINE });
    const domains = props.domains ?? [this.site.domain];
    const hostName = props.hostName ?? `mail.${this.site.domain}`;
    const image = props.image ?? 'ghcr.io/cdk8s-slices/postfix:3.10';
    this.check(props, image, domains, hostName);
    if (props.tls ?? true) this.showCertificate(hostName);
    allowFromAnywhere(this, [{ port: PORT }]);
    allowOutside(
      this,
      props.handler._egress.flatMap((each) => each._of(this, 'handler.egress')),
    );
    watchPostfix(this);
    const largest = largestMessage(this._mebibytes, props);
    this._clients = { each: handoverLimit(this._mebibytes, largest, props.handler._ram) };
    this.statefulSet = this.addSlices(props, image, {
      hostName,
      domains,
      recipients: props.recipients,
      recipientPatterns: props.recipientPatterns,
      recipientDelimiters: props.recipientDelimiters,
      ram: this._mebibytes,
      largestMessage: largest,
      handOver: props.handler._ram,
      connectionsPerMinute: props.connectionsPerMinute ?? 60,
      messagesPerMinute: props.messagesPerMinute ?? 100,
      tls: props.tls ?? true,
      command: props.handler._command,
    });
    this.service = this.addService();
  }

  private check(props: MailIntakeProps, image: string, domains: string[], hostName: string): void {
    checkImage(this, 'image', image);
    const needed = 'Postfix itself takes a third of that';
    if (this._checkRam(LEAST_MEBIBYTES, needed)) checkMessageSize(this, this._mebibytes, props);
    checkDomain(this, 'hostName', hostName);
    if (domains.length === 0) problem(this, 'domains', domains, 'name the domains that mail is received for');
    for (const domain of domains) checkDomain(this, 'domains', domain);
    checkRecipients(this, { ...props, domains });
    this.checkHandler(props.handler);
    for (const [name, value] of [
      ['connectionsPerMinute', props.connectionsPerMinute ?? 60],
      ['messagesPerMinute', props.messagesPerMinute ?? 100],
    ] as const) {
      if (!Number.isInteger(value) || value < 1 || value > MOST_A_MINUTE)
        problem(this, name, value, `write 1 to ${MOST_A_MINUTE}; 0 would mean no limit`);
    }
  }

  private checkHandler({ _command, _functionName, _queue, _ownRam }: MailHandler): void {
    if (_ownRam === 0) problem(this, 'handler.ram', Size.mebibytes(0), 'write Size.mebibytes(1) or more');
    if (_queue && !_queue.messages)
      problem(this, 'handler', _functionName, 'mail becomes jobs of TheSchwartz alone; write MailHandler.command');
    if (_command.length === 0) problem(this, 'handler.command', _command, 'write the program that takes the messages');
    for (const word of _command.filter((each) => !/^[A-Za-z0-9_./:=@+,-]+$/.test(each))) {
      const splits = 'Postfix splits a command at spaces and has no quotes; put it in a script';
      problem(this, 'handler.command', word, splits);
    }
    if (_functionName !== undefined && !FUNCTION.test(_functionName))
      problem(this, 'handler.functionName', _functionName, "write a name such as 'Site::IncomingMail'");
  }

  private showCertificate(hostName: string): void {
    watchMailCertificate(this, PORT, hostName);
    this.site._requireSecret({
      name: `${this.name}-tls`,
      namespaces: [this.namespace],
      keys: { tls: SecretValue.CERTIFICATE },
      hosts: [hostName],
    });
  }

  private addSlices(props: MailIntakeProps, image: string, settings: PostfixSettings): k8s.KubeStatefulSet {
    const program = programOf(this, props.handler._program, {
      names: ['QUEUE_ID', 'SENDER', 'RECIPIENT'],
      folders: ['/etc/slices', '/run', '/tmp', '/var/spool/postfix'],
    });
    const files = postfixFiles(settings);
    const config = hashedConfig(this.chart, 'config', `${this.name}-postfix`, files, this._metadata(this.name));
    limitFiles({ construct: this, property: 'recipients' }, config);
    return runOnSlices(this, {
      containers: [this.postfix(image, settings, program)],
      volumes: [
        { name: 'config', configMap: { name: config.name } },
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('4Mi') } },
        { name: 'tmp', emptyDir: {} },
        ...(settings.tls ? [{ name: 'tls', secret: { secretName: `${this.name}-tls` } }] : []),
        ...program.volumes,
      ],
      claims: [{ name: 'spool', mebibytes: wholeMebibytes(this, 'storage', props.storage ?? Size.gibibytes(2)) }],
      ports: [this.smtp()],
      grace: Duration.seconds(LEAVING_SECONDS + FINISHING_SECONDS + 10),
    });
  }

  private postfix(image: string, settings: PostfixSettings, program: Program): k8s.Container {
    const answers = { tcpSocket: { port: k8s.IntOrString.fromNumber(PORT) } };
    return container({
      name: 'postfix',
      image,
      mebibytes: settings.ram,
      command: ['postfix-intake'],
      env: program.env,
      rootWith: CAPABILITIES,
      ports: [
        { name: 'smtp', containerPort: PORT },
        { name: 'figures', containerPort: FIGURES_PORT },
      ],
      mounts: [
        { name: 'config', mountPath: '/etc/slices/postfix', readOnly: true },
        { name: 'run', mountPath: '/run' },
        { name: 'tmp', mountPath: '/tmp' },
        { name: 'spool', mountPath: '/var/spool/postfix' },
        ...(settings.tls ? [{ name: 'tls', mountPath: TLS_FOLDER, readOnly: true }] : []),
        ...program.mounts,
      ],
      // Only that it takes connections: one that is slow to greet, because of its load, is not sick.
      readiness: { ...answers, periodSeconds: 5 },
      liveness: { ...answers, periodSeconds: 30, failureThreshold: 4 },
      preStop: { exec: { command: ['/bin/sh', '-c', DRAIN] } },
    });
  }

  private smtp(): k8s.ServicePort {
    return { name: 'smtp', port: PORT, appProtocol: 'smtp' };
  }

  /** `Local` keeps the client's own address, which rate limits and the site's code go by. */
  private addService(): k8s.KubeService {
    return new k8s.KubeService(this.chart, 'smtp', {
      metadata: this._metadata(`${this.name}-smtp`),
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        selector: this._selector,
        ports: [this.smtp()],
      },
    });
  }
}

/** Lets senders forget the slice, then lets the messages in hand be handed over. The others wait on the volume. */
const DRAIN =
  `sleep ${LEAVING_SECONDS}; cd /var/spool/postfix; i=0; ` +
  `while [ $i -lt ${FINISHING_SECONDS} ] && [ -n "$(find incoming active -type f | head -1)" ]; do sleep 1; i=$((i+1)); done`;
