import { NAME, PART_OF } from '../core/labels';
import { Alert } from '../core/monitor';
import { grant } from '../core/rights';
import type { Role } from '../core/role';
import { Relabeling, ofFound } from './relabeling';
import type { Rule } from './rules';

/** The names of a Deployment's pods, which are also those of its slices: `dfw-web-5d7f9c8b6d-x2x7k`. */
export function podsOf({ name }: Role): string {
  return `${name}-[0-9a-z]{1,10}-[0-9a-z]{5}`;
}

/** Finds the slices of a role whose pods have no fixed names. */
export function discovery(role: Role, relabelings: Relabeling[]): object {
  const label = `${NAME}=${role._selector[NAME]},${PART_OF}=${role._selector[PART_OF]}`;
  return {
    kubernetes_sd_configs: [
      { role: 'pod', namespaces: { names: [role.namespace] }, selectors: [{ role: 'pod', label }] },
    ],
    relabel_configs: [...ofFound(role), ...relabelings],
  };
}

/** Lets Admin find the pods of roles whose pods have no fixed names. */
export function allowDiscovery(admin: Role, watched: readonly Role[]): void {
  const alike = watched.filter(
    ({ _alike, _scrapes, _metricsSources }) => _alike && (_scrapes.length > 0 || _metricsSources.length > 0),
  );
  for (const namespace of new Set(alike.map((role) => role.namespace))) {
    const metadata = { ...admin._metadata(`${admin.name}-pods`), namespace };
    grant(admin.chart, {
      ids: [`pods-${namespace}`, `pods-binding-${namespace}`],
      metadata,
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
      account: admin,
    });
  }
}

/** The slices that run now, with their RAM and containers, and how many there always are. */
export function limits(role: Role, containers: number): Rule[] {
  const each = `count by (slice) (pod_memory_working_set_bytes{slice=~"${podsOf(role)}"})`;
  const labels = { role: role.name };
  return [
    { record: 'slice:ram_limit:bytes', expr: `${each} * 0 + ${role._ram * 1024 * 1024}`, labels },
    { record: 'slice:containers:count', expr: `${each} * 0 + ${containers}`, labels },
    { record: 'role:slices:count', expr: `vector(${role._always})`, labels },
  ];
}

/**
 * A release stops a slice and starts another at once, and Kubernetes replaces those of a lost node within 90 s: two minutes are longer than
 * both. A slice that runs and is not ready is told of by `SliceDown`. One whose containers end as soon as they are started may be in no
 * figure of its kubelet, and is told of by this.
 */
export const SLICES_MISSING: Alert = {
  name: 'SlicesMissing',
  expr: 'role:slices:count - (count by (role) (slice:ram_limit:bytes) or role:slices:count * 0) > 0',
  for: '2m',
  severity: 'critical',
  summary:
    '{{ $labels.role }} lacks {{ $value }} of its slices: see kubectl describe on its pods that are Pending, for want of room on the nodes, or that end as soon as they are started',
};
