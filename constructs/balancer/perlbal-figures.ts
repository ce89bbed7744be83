import { Unit } from '../core/monitor';
import type { Role } from '../core/role';

/** The folder of the figures that Perlbal serves: a file, written by the loop that knows which web slices answer. */
export const FIGURES_FOLDER = '/run/perlbal/figures';

/** Which web slices do not answer, and how many errors the others return. */
export function watchPerlbal(role: Role, port: number): void {
  const of = `role="${role.name}"`;
  const answers = (code: string) => `sum by (role, slice) (perlbal_node_answers{${of}${code}})`;
  const errors = `${answers(',code=~"5.."')} / ${answers('')}`;
  const requests = `sum by (role, slice) (rate(perlbal_node_requests_total{${of}}[5m]))`;
  role._scrapes.push({ port, path: '/metrics' });
  role._alerts.push(
    {
      name: 'BalancerAnswersErrors',
      // One in twenty is judgement: a fault of one page, or of one slice of the site's. Without requests the last answers say
      // nothing of now.
      expr: `${errors} > 0.05 and ${requests} > 0`,
      for: '5m',
      severity: 'critical',
      summary:
        '{{ $labels.slice }} passes on errors (5xx), {{ $value | humanizePercentage }} of the last answers of the web slices: see the log of their containers apache',
    },
    {
      name: 'BalancerMissesWebSlice',
      // Longer than Kubernetes takes to notice a node without power, 40 s and more.
      expr: `perlbal_node_up{${of}} == 0`,
      for: '1m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} gets no connection to the web slice at {{ $labels.node }}, though that is ready: kubectl get pods -o wide names it; see whether Apache takes connections, and the network between their nodes',
    },
  );
  role._panels.push(
    { title: 'requests', expr: requests, unit: Unit.PER_SECOND },
    { title: 'errors', expr: errors, unit: Unit.RATIO },
    { title: 'web slices', expr: `sum by (role, slice) (perlbal_node_up{${of}})`, unit: Unit.NUMBER },
  );
}
