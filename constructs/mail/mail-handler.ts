import { Size, SizeRoundingBehavior } from 'cdk8s';
import { JobWorkers } from '../jobs/job-workers';
import type { QueuePlan } from '../jobs/queue-engine';
import { GIVING, HandOverRam, TO_QUEUE } from './postfix-ram';
import { Egress } from '../core/egress';
import { ProgramProps } from '../core/program';
import { ExistingSecret } from '../core/secret-file';
import { IConnectable } from '../core/connectable';
import { checked } from '../core/inputs/checked';

/** Properties for `MailHandler.command`. */
export interface MailCommandProps {
  /**
   * The program with its arguments, in the image of the mail intake. It gets the message on its standard input, and the environment
   * variables `SENDER`, `RECIPIENT` and `QUEUE_ID`. It may write to `/tmp`, and its output is in the slice's log.
   *
   * Exit code 0 says that it has the message. Exit codes 65 and 67 refuse it for good: it is dropped, and its loss is in the log. After any
   * other code, or its death, the message is tried again, soon and then every 5 minutes.
   */
  readonly command: string[];

  /**
   * RAM that one run of the program takes with the largest message. Fewer run at a time when it grows.
   *
   * @default - 20 MiB, and three times the largest message
   */
  readonly ram?: Size;

  /**
   * Roles that the program connects to. Each gives it addresses and credentials in the environment.
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
   * `cdk8s-slices secrets` makes each value up that lacks: 32 random letters and digits. A value that somebody else has given you belongs in
   * `existingSecrets`.
   *
   * @default - none but those of `uses`
   */
  readonly secrets?: Record<string, string[]>;

  /**
   * Variables from Secrets that others make, in the namespace of the mail intake: `{ LIST_KEY: { secret: 'list', key: 'api-key' } }`.
   *
   * The command that makes Secrets never makes these values up. It names each that is missing, and slices wait for it.
   *
   * @default - none
   */
  readonly existingSecrets?: Record<string, ExistingSecret>;

  /**
   * Connections of the program out of the cluster, as to a service that judges spam.
   *
   * @default - nothing
   */
  readonly egress?: Egress[];
}

/** The receiver of the mail of a `MailIntake`. */
@checked
export class MailHandler {
  /**
   * The queue of these workers. Each message is a job of this function, whose argument is a hash of `sender`, `recipient` and `message`.
   *
   * A message whose job is still in the queue is not put there again.
   *
   * @param workers Workers that have a queue of TheSchwartz.
   * @param functionName What the job is called: the class of its worker.
   */
  public static queue(workers: JobWorkers, functionName: string): MailHandler {
    const program = { uses: [workers], environment: { MAIL_FUNCTION: functionName } };
    const { _queue: queue } = workers;
    const ram = { ...TO_QUEUE, bytesAtOnce: queue?.messages?.bytesAtOnce };
    return new MailHandler(['mail-to-queue'], program, ram, { functionName, queue });
  }

  /** A program of the site's own. */
  public static command(props: MailCommandProps): MailHandler {
    const own = props.ram && Math.ceil(props.ram.toMebibytes({ rounding: SizeRoundingBehavior.NONE }));
    const ram = own === undefined ? { mebibytes: 20 + GIVING, copies: 3 } : { mebibytes: own + GIVING, copies: 0 };
    return new MailHandler(props.command, props, ram, { ram: own, egress: props.egress });
  }

  /** @internal */
  public readonly _functionName: string | undefined;
  /** The queue in which each message becomes a job. @internal */
  public readonly _queue: QueuePlan | undefined;
  /** RAM of a run in MiB, as the user says. @internal */
  public readonly _ownRam: number | undefined;
  /** Its ways out of the cluster. @internal */
  public readonly _egress: Egress[];

  private constructor(
    /** @internal */
    public readonly _command: string[],
    /** @internal */
    public readonly _program: ProgramProps,
    /** @internal */
    public readonly _ram: HandOverRam,
    given: {
      functionName?: string;
      queue?: QueuePlan | undefined;
      ram?: number | undefined;
      egress?: Egress[] | undefined;
    },
  ) {
    this._functionName = given.functionName;
    this._queue = given.queue;
    this._ownRam = given.ram;
    this._egress = given.egress ?? [];
  }
}
