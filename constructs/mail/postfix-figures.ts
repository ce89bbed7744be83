import { Unit } from '../core/monitor';
import type { Role } from '../core/role';
import { FIGURES_PORT } from './postfix';

/** How much mail waits to be handed over, and for how long. */
export function watchPostfix(role: Role): void {
  const of = `role="${role.name}"`;
  role._scrapes.push({ port: FIGURES_PORT, path: '/metrics' });
  role._alerts.push(
    {
      name: 'MailWaits',
      expr: `max by (role, slice) (postfix_queue_oldest_seconds{${of},queue!="hold"}) > 600`,
      for: '2m',
      severity: 'warning',
      summary:
        'mail on {{ $labels.slice }} has waited for {{ $value | humanizeDuration }} to be handed over: its log says why, as where the queue of jobs does not answer; it is tried again by itself for 30 days',
    },
    {
      // Postfix gives a message up after 30 days (images/postfix/main.cf).
      name: 'MailExpires',
      expr: `max by (role, slice) (postfix_queue_oldest_seconds{${of},queue!="hold"}) > 25 * 86400`,
      for: '2m',
      severity: 'critical',
      summary:
        'a message on {{ $labels.slice }} has waited for {{ $value | humanizeDuration }} and is dropped after 30 days: mend what its log says, or keep it by `postsuper -c /run/postfix -h` and its queue id',
    },
    {
      name: 'MailPilesUp',
      expr: `sum by (role, slice) (postfix_queue_messages{${of}}) > 1000`,
      for: '5m',
      severity: 'warning',
      summary:
        '{{ $value }} messages wait on {{ $labels.slice }}: see in its log whether hand-overs fail, or more comes in than is handed over at a time; more RAM raises that',
    },
  );
  role._panels.push(
    { title: 'mail that waits', expr: `sum by (slice) (postfix_queue_messages{${of}})`, unit: Unit.NUMBER },
    { title: 'deferred', expr: `postfix_queue_messages{${of},queue="deferred"}`, unit: Unit.NUMBER },
    { title: 'oldest', expr: `max by (slice) (postfix_queue_oldest_seconds{${of}})`, unit: Unit.SECONDS },
  );
}
