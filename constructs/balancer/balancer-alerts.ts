import type { Alert } from '../core/monitor';

/** One in twenty is judgement: a fault of one page, or of one slice of the site's. */
const MOST_ERRORS = 0.05;

/**
 * The alert for a balancer whose requests end with errors.
 *
 * @param errors The share of errors in PromQL.
 * @param what What it does, and where to look, after the slice's name.
 * @param condition A further condition in PromQL.
 */
export function answersErrors(errors: string, what = ANSWERS, condition = ''): Alert {
  return {
    name: 'BalancerAnswersErrors',
    expr: `${errors} > ${MOST_ERRORS}${condition}`,
    for: '5m',
    severity: 'critical',
    summary: `{{ $labels.slice }} ${what}`,
  };
}

const ANSWERS =
  'answers {{ $value | humanizePercentage }} of its requests with errors (5xx): see its log, and that of the containers apache of the web slices';

/** The alert for a balancer that does not find a web slice. */
export function missesWebSlice(expr: string, minutes: number, what: string): Alert {
  return {
    name: 'BalancerMissesWebSlice',
    expr,
    for: `${minutes}m`,
    severity: 'warning',
    summary: `{{ $labels.slice }} ${what}`,
  };
}
