import { problem } from '../core/problems';
import type { Balancer } from './balancer';
import type { BalancerProps } from './balancer-props';
import { Place, bySpecificPlace, checkPlace, placeOf } from './place';

/** How often a client may ask for a place. */
export interface PlaceLimit extends Place {
  readonly perMinute: number;
}

/** As many as may come at once, of the 65,535 that nginx counts. */
const MOST_REQUESTS = 6000;

/** Each has its own counts in nginx' memory. */
const MOST_LIMITS = 20;

/** The limits of a balancer's paths, the most specific first. Records what is wrong. */
export function limitsOf(balancer: Balancer, props: BalancerProps): PlaceLimit[] {
  const { pathLimits = [] } = props;
  if (props.pathLimits?.length === 0) problem(balancer, 'pathLimits', pathLimits, 'name one or more, or leave it out');
  const limits: PlaceLimit[] = [];
  if (pathLimits.length > MOST_LIMITS)
    problem(balancer, 'pathLimits', pathLimits.length, `write ${MOST_LIMITS} or fewer`);
  for (const each of pathLimits) {
    const perMinute = each.requestsPerMinute;
    if (!Number.isInteger(perMinute) || perMinute < 1 || perMinute > MOST_REQUESTS)
      problem(balancer, 'pathLimits.requestsPerMinute', perMinute, `write a whole number from 1 to ${MOST_REQUESTS}`);
    const place = placeOf(each);
    if (checkPlace(balancer, 'pathLimits', place, limits)) limits.push({ ...place, perMinute });
  }
  return limits.sort(bySpecificPlace);
}
