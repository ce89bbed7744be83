import type { Role } from './role';
import type { IConnectable } from './connectable';
import { NAME, selectorOf } from './labels';
import { PodGroup } from './network';
import { open } from './binding';
import { checkLength } from './problems';

/** Pods of a role that are not its slices. */
export interface AuxiliaryPods extends PodGroup {
  readonly _labels: Record<string, string>;
}

/**
 * Pods beside the slices of a role, `dfw-mog-setup`. Labels of their own keep them out of the Services, the budget and the policies of the
 * slices. Their connections are opened apart.
 */
export function auxiliaryPods(role: Role, what: string): AuxiliaryPods {
  const name = `${role.node.id}-${what}`;
  const labels = { ...role._labels, [NAME]: name };
  const whole = `${role.name}-${what}`;
  if (!role._beside.has(whole)) checkLength(role, 'id', role.node.id, whole);
  role._beside.add(whole);
  return {
    name: whole,
    chart: role.chart,
    namespace: role.namespace,
    _labels: labels,
    _selector: selectorOf(role.site.name, name),
    _metadata: (of) => role._metadata(of, labels),
  };
}

/** Opens used roles to pods that are not slices of a role. */
export function allowUsed(party: PodGroup, used: IConnectable): void {
  for (const binding of used._bindings()) open(party, binding, used.site._cluster.serviceNetwork);
}
