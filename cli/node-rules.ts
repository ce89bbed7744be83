import type { V1Node, V1NodeSelectorTerm, V1PersistentVolume, V1PodSpec, V1Taint } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};

/** Whether a pod, with the volumes that it already has, may run on a node: by labels, taints, and where its volumes are. */
export function mayRunOn(node: V1Node, spec: V1PodSpec, volumes: readonly V1PersistentVolume[]): boolean {
  const { nodeSelector = {}, affinity } = spec;
  const labels = node.metadata?.labels ?? {};
  const terms = [
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
    ...volumes.map((each) => each.spec?.nodeAffinity?.required?.nodeSelectorTerms),
  ];
  return (
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    terms.every(
      (some) => some === undefined || some.some((term) => matches(term, labels, node.metadata?.name ?? '')),
    ) &&
    (node.spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || isTolerated(taint, spec))
  );
}

/** One of the terms has to match, with all that it says. */
function matches(
  { matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm,
  labels: Record<string, string>,
  name: string,
): boolean {
  const said = [
    ...matchExpressions.map(({ key, operator, values }) => ({ operator, values, value: labels[key] })),
    ...matchFields.map(({ operator, values }) => ({ operator, values, value: name })),
  ];
  return said.every(({ operator, values = [], value }) => {
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      case 'Gt':
        return Number(value) > Number(values[0]);
      case 'Lt':
        return Number(value) < Number(values[0]);
      default:
        return false;
    }
  });
}

function isTolerated(taint: V1Taint, { tolerations = [] }: V1PodSpec): boolean {
  return tolerations.some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (key === undefined || key === taint.key) &&
      (effect === undefined || effect === taint.effect) &&
      (operator === 'Exists' || value === (taint.value ?? '')),
  );
}
