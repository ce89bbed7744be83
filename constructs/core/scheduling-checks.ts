import { Construct } from 'constructs';
import type { SchedulingProps } from './common-props';
import { k8s } from './imports';
import { checkLabelKey, checkLabelTexts, checkLabelValue } from './labels';
import { problem } from './problems';
import { checkObjectName } from './values';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
const COMPARING = ['Gt', 'Lt'];

/** @param at The property's own name, or what is before it too. */
export function checkScheduling(construct: Construct, props: SchedulingProps, at = 'scheduling'): void {
  checkLabelTexts(construct, `${at}.nodeSelector`, props.nodeSelector);
  const { priorityClassName, runtimeClassName, affinity = {} } = props;
  if (priorityClassName !== undefined) checkObjectName(construct, `${at}.priorityClassName`, priorityClassName);
  if (runtimeClassName !== undefined) checkObjectName(construct, `${at}.runtimeClassName`, runtimeClassName);
  for (const each of props.tolerations ?? []) checkToleration(construct, `${at}.tolerations`, each);
  checkNodeAffinity(construct, `${at}.affinity`, affinity.nodeAffinity);
  checkPodAffinity(construct, `${at}.affinity`, affinity.podAffinity);
  checkPodAffinity(construct, `${at}.affinity`, affinity.podAntiAffinity);
}

function checkToleration(
  construct: Construct,
  property: string,
  { key, operator, value, effect, tolerationSeconds }: k8s.Toleration,
): void {
  if (effect !== undefined && !EFFECTS.includes(effect))
    problem(
      construct,
      property,
      effect,
      `write ${EFFECTS.slice(0, 2).join(', ')} or ${EFFECTS[2]}, or leave the effect out`,
    );
  if (operator !== undefined && !['Exists', 'Equal'].includes(operator))
    problem(construct, property, operator, "write the operator 'Exists' or 'Equal', or leave it out");
  if (operator === 'Exists' && value)
    problem(construct, property, value, "leave the value out, or write the operator 'Equal'");
  if (!key && operator !== 'Exists')
    problem(construct, property, value, "write the taint's key; without one the operator has to be 'Exists'");
  if (key) checkLabelKey(construct, property, key);
  if (value !== undefined) checkLabelValue(construct, property, value);
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    problem(construct, property, tolerationSeconds, "leave the seconds out, or write the effect 'NoExecute'");
}

function checkNodeAffinity(construct: Construct, at: string, affinity: k8s.NodeAffinity = {}): void {
  const { requiredDuringSchedulingIgnoredDuringExecution: required } = affinity;
  if (required?.nodeSelectorTerms.length === 0)
    problem(construct, at, required.nodeSelectorTerms, 'name one or more, or leave it out');
  for (const each of required?.nodeSelectorTerms ?? []) checkTerm(construct, at, each);
  for (const { weight, preference } of affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    checkWeight(construct, at, weight);
    checkTerm(construct, at, preference);
  }
}

function checkTerm(construct: Construct, at: string, { matchExpressions, matchFields }: k8s.NodeSelectorTerm): void {
  for (const each of matchExpressions ?? []) checkExpression(construct, at, each, [...OPERATORS, ...COMPARING]);
  for (const { key } of (matchFields ?? []).filter((each) => each.key !== 'metadata.name'))
    problem(construct, at, key, "nodes have one field to match; write 'metadata.name', or matchExpressions");
}

function checkPodAffinity(construct: Construct, at: string, affinity: k8s.PodAffinity = {}): void {
  const weighted = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const { weight } of weighted) checkWeight(construct, at, weight);
  const terms = affinity.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const each of [...terms, ...weighted.map(({ podAffinityTerm }) => podAffinityTerm)]) {
    checkLabelKey(construct, at, each.topologyKey);
    for (const selector of [each.labelSelector, each.namespaceSelector]) checkSelector(construct, at, selector);
  }
}

function checkSelector(construct: Construct, at: string, selector: k8s.LabelSelector = {}): void {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    checkLabelKey(construct, at, key);
    checkLabelValue(construct, at, value);
  }
  for (const each of selector.matchExpressions ?? []) checkExpression(construct, at, each, OPERATORS);
}

function checkExpression(
  construct: Construct,
  at: string,
  { key, operator, values = [] }: k8s.NodeSelectorRequirement,
  operators: string[],
): void {
  checkLabelKey(construct, at, key);
  const wanted: Record<string, boolean> = {
    In: values.length > 0,
    NotIn: values.length > 0,
    Exists: values.length === 0,
    DoesNotExist: values.length === 0,
    Gt: values.length === 1 && /^-?\d+$/.test(values[0] as string),
    Lt: values.length === 1 && /^-?\d+$/.test(values[0] as string),
  };
  if (!operators.includes(operator)) problem(construct, at, operator, `write one of ${operators.join(', ')}`);
  else if (!wanted[operator])
    problem(construct, at, values, `write the values that '${operator}' takes: ${VALUES[operator]}`);
}

/** The values that each operator takes. */
const VALUES: Record<string, string> = {
  In: 'one or more',
  NotIn: 'one or more',
  Exists: 'none',
  DoesNotExist: 'none',
  Gt: "one number, as ['4']",
  Lt: "one number, as ['4']",
};

function checkWeight(construct: Construct, at: string, weight: number): void {
  if (weight < 1 || weight > 100) problem(construct, at, weight, 'write a whole number from 1 to 100');
}
