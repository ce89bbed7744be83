import { Unit } from '../core/monitor';
import type { Role } from '../core/role';
import { answersErrors, missesWebSlice } from './balancer-alerts';

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
    answersErrors(
      errors,
      'passes on errors (5xx), {{ $value | humanizePercentage }} of the last answers of the web slices: see the log of their containers apache',
      // Without requests the last answers say nothing of now.
      ` and ${requests} > 0`,
    ),
    missesWebSlice(
      `perlbal_node_up{${of}} == 0`,
      // Longer than Kubernetes takes to notice a node without power, 40 s and more.
      1,
      'gets no connection to the web slice at {{ $labels.node }}, though that is ready: kubectl get pods -o wide names it; see whether Apache takes connections, and the network between their nodes',
    ),
  );
  role._panels.push(
    { title: 'requests', expr: requests, unit: Unit.PER_SECOND },
    { title: 'errors', expr: errors, unit: Unit.RATIO },
    { title: 'web slices', expr: `sum by (role, slice) (perlbal_node_up{${of}})`, unit: Unit.NUMBER, low: true },
  );
}
