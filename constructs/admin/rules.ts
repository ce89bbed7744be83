import { ApiObject } from 'cdk8s';
import { SLICES_MISSING, limits } from './alike-slices';
import { MESSAGES_FAIL, SLICES, SLICE_DOWN, WATCHDOG, sharedAlerts } from './slice-rules';
import type { Alert } from '../core/monitor';
import type { Role } from '../core/role';

/** How alerts reach people. */
export interface Telling {
  /** Whether Alertmanager sends messages. */
  readonly told: boolean;
  /** Whether there is a dead man's switch. */
  readonly watched: boolean;
  /** The page that has a section for each alert. */
  readonly runbooks: string;
  /** A selector of the site's own series, where a Prometheus has those of others. @default - all */
  readonly own?: string;
  /** How many containers run in a pod of the Admin, which is written after its rules. @default - those of its pod's template */
  readonly containers?: { readonly of: Role; readonly count: number };
  /** Further labels of each alert. @default - none */
  readonly labels?: Record<string, string>;
}

/** A group of rules, as Prometheus and its operator both have it. */
export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: Rule[];
}

/** A figure that is recorded, or an alert. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** The figures and alerts of every slice, and the additions of its role. */
export function ruleGroups(roles: Role[], telling: Telling): RuleGroup[] {
  const { told, watched, own } = telling;
  const shared = [
    ...sharedAlerts(own),
    ...(roles.some(({ _alike }) => _alike) ? [SLICES_MISSING] : []),
    ...(told ? [MESSAGES_FAIL] : []),
    ...(watched ? [WATCHDOG] : []),
  ];
  return [
    {
      name: 'slices',
      interval: '5s',
      rules: [...roles.flatMap((role) => listed(role, telling)), ...SLICES, alert(telling, SLICE_DOWN)],
    },
    { name: 'alerts', rules: shared.map((each) => alert(telling, each)) },
    ...roles
      .filter((role) => role._alerts.length > 0)
      .map((role) => ({ name: role.name, rules: role._alerts.map((each) => alert(telling, each, role)) })),
  ];
}

/** The site's own list of slices, so that a missing one is noticed. Slices that come with the load are marked. */
function listed(role: Role, { containers: known }: Telling): Rule[] {
  const containers = known?.of === role ? known.count : containersOf(role);
  if (role._alike) return limits(role, containers);
  return role.slices.flatMap((slice, index) => {
    const scaled: Record<string, string> = index < role._always ? {} : { scaled: 'yes' };
    const labels = { slice: slice.name, role: role.name, ...scaled };
    return [
      { record: 'slice:ram_limit:bytes', expr: `vector(${slice.ram.toKibibytes() * 1024})`, labels },
      { record: 'slice:containers:count', expr: `vector(${containers})`, labels },
    ];
  });
}

/** How many containers run in a pod of a slice, sidecars included; at least one, where others make its pods. */
function containersOf(role: Role): number {
  const templates = role.chart.node.findAll().flatMap((each): PodTemplate[] => {
    const template = ApiObject.isApiObject(each) ? each.toJson().spec?.template : undefined;
    const labels = template?.metadata?.labels ?? {};
    return Object.entries(role._selector).every(([key, value]) => labels[key] === value) ? [template] : [];
  });
  const counts = templates.map(({ spec: { containers = [], initContainers = [] } }) => {
    const sidecars = initContainers.filter((each) => each.restartPolicy === 'Always');
    return containers.length + sidecars.length;
  });
  return Math.max(1, ...counts);
}

interface PodTemplate {
  readonly spec: { readonly containers?: object[]; readonly initContainers?: { readonly restartPolicy?: string }[] };
}

/** The role is a label of the rule too, as two pairs have rules of the same names. */
function alert(telling: Telling, { name, expr, for: lasting, severity, summary }: Alert, role?: Role): Rule {
  const labels = { severity, ...(role ? { role: role.name } : {}), ...telling.labels };
  const annotations = { summary, runbook_url: `${telling.runbooks}#${name.toLowerCase()}` };
  return { alert: name, expr, for: lasting, labels, annotations };
}
