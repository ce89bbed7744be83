import { Size, SizeRoundingBehavior } from 'cdk8s';
import { checkAtLeast, problem } from '../core/problems';
import type { Role } from '../core/role';
import type { MailHandler } from './mail-handler';
import { handOverRoom, messageLimit } from './postfix-ram';

/** In KiB: the least that a server has to take, by RFC 5321, 4.5.3.1.7. */
const LEAST = 64;
/** In KiB: the rest of a job beside the message, and the lines that Postfix writes at its head. */
const AROUND = 64;
const DEFAULT = 10 * 1024;

export interface MessageSizeProps {
  readonly handler: MailHandler;
  readonly largestMessage?: Size;
  readonly storage?: Size;
}

/** Why no larger message may be taken. */
interface Limit {
  /** In KiB. */
  readonly most: number;
  readonly why: string;
}

/** The largest message in bytes: every accepted message can be handed over and stored. */
export function largestMessage(ram: number, props: MessageSizeProps): number {
  const least = Math.min(DEFAULT, ...limits(ram, props.handler).map(({ most }) => Math.max(LEAST, most)));
  return Math.floor((props.largestMessage ? kibibytes(props.largestMessage) : least) * 1024);
}

/** Records a message size that the RAM, the handler's queue or the volume has no room for. */
export function checkMessageSize(intake: Role, ram: number, props: MessageSizeProps): void {
  const { handler, largestMessage: given } = props;
  const own = handler._ownRam;
  if (own !== undefined && handler._ram.mebibytes > handOverRoom(ram)) {
    const room = handOverRoom(ram) - (handler._ram.mebibytes - own);
    const instead = `the slice has ${room} MiB for a run of it; write Size.mebibytes(${room}) or less, or more ram`;
    return problem(intake, 'handler.ram', Size.mebibytes(own), instead);
  }
  const [lowest] = limits(ram, handler).sort((one, other) => one.most - other.most);
  if (lowest && lowest.most < LEAST) {
    const instead = `${lowest.why}, and a mail server has to take ${LEAST} KiB; give it more`;
    return problem(intake, 'handler', Size.kibibytes(Math.max(0, lowest.most)), instead);
  }
  if (given && kibibytes(given) < LEAST) {
    problem(intake, 'largestMessage', given, `write Size.kibibytes(${LEAST}) or more; 0 would mean no limit`);
  } else if (given && lowest && kibibytes(given) > lowest.most) {
    problem(
      intake,
      'largestMessage',
      given,
      `no larger one is kept, as ${lowest.why}; write ${written(lowest.most)} or less`,
    );
  } else {
    const least = Size.mebibytes(Math.ceil(largestMessage(ram, props) / 524_288));
    const storage = props.storage ?? Size.gibibytes(2);
    checkAtLeast(intake, 'storage', storage, least, 'two of the largest messages have to fit in it');
  }
}

function limits(ram: number, { _ram, _queue }: MailHandler): Limit[] {
  const room = messageLimit(ram, _ram) * 1024;
  const largest = _queue?.messages?.largestJob;
  return [
    ...(Number.isFinite(room) ? [{ most: room, why: 'the RAM has no room to hand it over' }] : []),
    ...(largest ? [{ most: Math.floor(largest.bytes / 1024) - AROUND, why: largest.why }] : []),
  ];
}

function written(size: number): string {
  return size % 1024 === 0 ? `Size.mebibytes(${size / 1024})` : `Size.kibibytes(${size})`;
}

/** With its fraction. */
function kibibytes(size: Size): number {
  return size.toKibibytes({ rounding: SizeRoundingBehavior.NONE });
}
