import { Alert, Unit, atEachSlice } from '../core/monitor';
import type { Role } from '../core/role';

/** The panels of a queue's figures, whose names begin with a prefix. */
export function watchQueue(role: Role, prefix: string, failures: boolean): void {
  const of = `{role="${role.name}"}`;
  const panel = (title: string, expr: string, unit = Unit.NUMBER) => ({ title, expr: atEachSlice(role, expr), unit });
  role._panels.push(
    panel('jobs due', `sum(${prefix}_ready${of})`),
    panel('in hand', `sum(${prefix}_running${of})`),
    panel('oldest due', `max(${prefix}_oldest_ready_seconds${of})`, Unit.SECONDS),
    ...(failures ? [panel('failed in 15 min', `sum(${prefix}_failures_in_15m${of})`)] : []),
  );
}

/** @param label The label that says which jobs. */
export function jobsWait(role: Role, prefix: string, label: string): Alert {
  return {
    name: 'JobsWait',
    expr: `${prefix}_oldest_ready_seconds{role="${role.name}"} > 600`,
    for: '2m',
    severity: 'warning',
    summary: `a job of {{ $labels.${label} }} has waited for {{ $value | humanizeDuration }}: see whether its workers on ${role.name} run, and give it more of them`,
  };
}

/** @param jobs Which ones, and the place to look. */
export function jobsFail(role: Role, prefix: string, jobs: string, look: string): Alert {
  return {
    name: 'JobsFail',
    expr: `${prefix}_failures_in_15m{role="${role.name}"} > 10`,
    for: '0s',
    severity: 'warning',
    summary: `${jobs} failed {{ $value }} times in 15 minutes: ${look}`,
  };
}
