import { Duration } from 'cdk8s';
import { k8s } from '../core/imports';
import type { Role } from '../core/role';
import { checkPort, problem, wholeSeconds } from '../core/problems';
import { checkCommand, checkUser } from '../core/values';
import { LEAVING_SECONDS, WebParts, WebImplementation, stopBy } from './web-implementation';
import type { HttpProgramProps } from './web-server';

/** Connections of mysql2's pool (`connectionLimit`), its default. */
const CONNECTIONS = 10;
/** MySQL's own bound on `max_connections`. */
const MOST = 100_000;

/** The user of a program whose image names none. */
const USER = 10001;

/** Signals that POSIX gives a name, and that a program may handle. */
const SIGNALS = ['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2', 'WINCH'];

/** A program of the site's own, or of somebody else, that speaks HTTP. */
export class HttpProgram implements WebImplementation {
  public readonly name = 'program';
  public readonly documentRoot = undefined;
  public readonly folders = ['/tmp'];
  public readonly taken: string[] = [];

  constructor(private readonly props: HttpProgramProps) {}

  public get port(): number {
    return this.props.port;
  }

  public get user(): number {
    return this.props.user ?? USER;
  }

  public get stopSeconds(): number {
    const { grace = Duration.seconds(20) } = this.props;
    return Math.ceil(grace.toSeconds({ integral: false }));
  }

  public check(web: Role): void {
    const { command, entrypoint, connections, stopSignal, grace, runtime } = this.props;
    checkPort(web, 'server.port', this.port);
    if (command) checkCommand(web, 'server.command', command);
    if (entrypoint) checkCommand(web, 'server.entrypoint', entrypoint);
    checkUser(web, 'server.user', this.user);
    if (connections !== undefined && (!Number.isInteger(connections) || connections < 0 || connections > MOST))
      problem(web, 'server.connections', connections, `write a whole number from 0 to ${MOST}`);
    if (stopSignal !== undefined && !SIGNALS.includes(stopSignal))
      problem(web, 'server.stopSignal', stopSignal, `write one of ${SIGNALS.join(', ')}`);
    if (grace && wholeSeconds(web, 'server.grace', grace) < 1)
      problem(web, 'server.grace', grace, 'write a second or more');
    runtime?._check(web);
  }

  public env(web: Role): Record<string, string> {
    return this.props.runtime?._env(web._mebibytes) ?? {};
  }

  public connections(web: Role): number {
    return this.props.connections ?? this.props.runtime?._processes(web._mebibytes) ?? CONNECTIONS;
  }

  public watch(): void {}

  public parts(): WebParts {
    const { command, entrypoint } = this.props;
    return {
      ...(entrypoint && { command: entrypoint }),
      ...(command && { args: command }),
      mounts: [],
      volumes: [],
      preStop: this.preStop(),
    };
  }

  /** The kubelet waits and sends TERM by itself, so that an image without a shell can be stopped. */
  private preStop(): k8s.LifecycleHandler {
    const { stopSignal = 'TERM' } = this.props;
    return stopSignal === 'TERM' ? { sleep: { seconds: LEAVING_SECONDS } } : stopBy(stopSignal);
  }
}
