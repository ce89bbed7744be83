import { Command } from '../command';
import { completion } from './completion';
import { picture } from './picture';
import { rotate, secrets } from './secrets';
import { status } from './status';
import { switchover } from './switchover';
import { up } from './up';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [up, status, switchover, secrets, rotate, picture, completion];
