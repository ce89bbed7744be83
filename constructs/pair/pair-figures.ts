import type { Role } from '../core/role';
import { Unit } from '../core/monitor';
import { AGENT_PORT, METRICS_PATH } from '../../contract/agent-api';

/** Figures and alerts of the agents of a pair. */
export function watchPair(role: Role): void {
  const of = `{role="${role.name}"}`;
  const status = 'npm run status (cdk8s-slices status) says of each slice why it is not active';
  role._scrapes.push({ port: AGENT_PORT, path: METRICS_PATH });
  role._alerts.push(
    {
      name: 'PairWithoutActive',
      // Also where no agent answers at all.
      expr: `(sum by (role) (heartbeat_active${of}) or sum by (role) (slice:ram_limit:bytes${of}) * 0) == 0`,
      for: '30s',
      severity: 'critical',
      summary: `no slice of ${role.name} is active, so nothing leads to it: ${status}`,
    },
    {
      name: 'PairWithTwoActive',
      expr: `sum by (role) (heartbeat_active${of}) > 1`,
      // Two scrapes are up to 15 seconds apart, and a handover may lie between them.
      for: '1m',
      severity: 'critical',
      summary: `two slices of ${role.name} hold themselves for the active one: delete the pod that its Lease does not name`,
    },
    {
      name: 'PairFlaps',
      // The Lease's number grows with each change. An agent that has just started does not know it, and says 0. A release
      // of both slices changes it twice.
      expr: `max by (role) (max_over_time(heartbeat_term${of}[15m])) - min by (role) (min_over_time((heartbeat_term${of} > 0)[15m:15s])) > 3`,
      for: '0s',
      severity: 'warning',
      summary: `${role.name} has changed its active slice {{ $value }} times in 15 minutes: look at the logs of its containers 'heartbeat' for the check that fails, and at the load of their nodes`,
    },
  );
  role._panels.push(
    { title: 'active', expr: `heartbeat_active${of}`, unit: Unit.NUMBER, drawn: false },
    { title: 'engine well', expr: `heartbeat_engine_well${of}`, unit: Unit.NUMBER, low: true },
    {
      title: 'changes in 1 h',
      expr: `max_over_time(heartbeat_term${of}[1h]) - min_over_time((heartbeat_term${of} > 0)[1h:1m])`,
      unit: Unit.NUMBER,
      drawn: false,
    },
    { title: 'last takeover took', expr: `heartbeat_last_takeover_seconds${of}`, unit: Unit.SECONDS, drawn: false },
  );
}
