import { k8s } from './imports';

/** The number of slices from which on a share of them is away at a time. */
const LARGE = 20;

/**
 * One in ten, rounded down in a roll-out: an autoscaler that keeps slices at 70 % of their CPU then has the others at 78 %. One at a time, 99 web
 * slices took 50 minutes.
 */
const SHARE = '10%';

/** How many of so many slices may be away at a time, by a roll-out or a drain. */
export function atATime(slices: number): k8s.IntOrString {
  return slices < LARGE ? k8s.IntOrString.fromNumber(1) : k8s.IntOrString.fromString(SHARE);
}
