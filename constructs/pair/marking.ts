import { Construct } from 'constructs';
import type { MarkingConfig } from '../../contract/agent-config';
import { AGENT_PORT } from '../../contract/agent-api';
import { k8s } from '../core/imports';
import { PART_OF } from '../core/labels';
import type { PairSpec } from './pair';

/** What the agents of a pair are told of their site, so that they take the pods of a node that died out of their Services. */
export function markingOf(site: string): MarkingConfig {
  return { lease: leaseOf(site), selector: `${PART_OF}=${site}` };
}

/**
 * The pods of the namespace, and their readiness. A patch of a status may change labels as well, and so what a Service leads to,
 * but nothing that runs. The names of a Deployment's pods are not known beforehand.
 */
export function markingRights(site: string): k8s.PolicyRule[] {
  return [
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: [leaseOf(site)],
      verbs: ['get', 'create', 'patch'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
  ];
}

/** The agents try all pods of the site at their own port. Nothing listens there in most: the refusal is an answer. */
export function allowTries(scope: Construct, { name, metadata, selector }: PairSpec, site: string): void {
  const ports = [{ port: k8s.IntOrString.fromNumber(AGENT_PORT), protocol: 'TCP' }];
  const all = { matchLabels: { [PART_OF]: site } };
  const agents = { matchLabels: selector };
  new k8s.KubeNetworkPolicy(scope, 'tries', {
    metadata: metadata(`${name}-heartbeat-to-all`),
    spec: { podSelector: agents, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: all }], ports }] },
  });
  new k8s.KubeNetworkPolicy(scope, 'tried', {
    metadata: metadata(`all-from-${name}-heartbeat`),
    spec: { podSelector: all, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: agents }], ports }] },
  });
}

function leaseOf(site: string): string {
  return `${site}-silent-nodes`;
}
