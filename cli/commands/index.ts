import { Command } from '../command';
import { backup, restore } from './backup';
import { diff, drift } from './compare';
import { completion } from './completion';
import { doctor } from './doctor';
import { init } from './init';
import { events, logs, shell, top } from './look';
import { picture } from './picture';
import { pin } from './pin';
import { plan } from './plan';
import { history, release, rollback } from './release';
import { replace } from './replace';
import { rotate, secrets } from './secrets';
import { status } from './status';
import { switchover } from './switchover';
import { up } from './up';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  init,
  up,
  diff,
  drift,
  release,
  rollback,
  history,
  status,
  logs,
  shell,
  events,
  top,
  switchover,
  replace,
  backup,
  restore,
  secrets,
  rotate,
  doctor,
  plan,
  pin,
  picture,
  completion,
];
