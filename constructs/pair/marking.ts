import { Construct } from 'constructs';
import type { MarkingConfig } from '../../contract/agent-config';
import { AGENT_PORT } from '../../contract/agent-api';
import type { DnsPods } from '../core/cluster';
import { evictableOf } from '../core/evictable';
import { k8s } from '../core/imports';
import { PART_OF } from '../core/labels';
import { CLUSTER } from '../core/network';
import { grant } from '../core/rights';
import type { Site } from '../core/site';
import type { PairSpec } from './pair';

/** The facts of a site for the agents of a pair, so that they take the pods of a dead node out of their Services. */
export function markingOf(site: Site): MarkingConfig {
  const dns = dnsOf(site).map(({ namespace, labels }) => ({
    namespace,
    selector: Object.entries(labels)
      .map((label) => label.join('='))
      .join(','),
  }));
  return { lease: leaseOf(site), selector: `${PART_OF}=${site.name}`, ...(dns.length > 0 ? { dns } : {}) };
}

/**
 * The pods of the namespace, their readiness, and the end of named pods without a volume, which are known once all roles are made.
 *
 * A patch of a status may change labels as well, and so what a Service leads to, but nothing that runs. The names of a Deployment's pods are
 * not known beforehand.
 */
export function markingRights(site: Site): k8s.PolicyRule[] {
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [leaseOf(site)] };
  const pods = evictableOf(site);
  return [
    { ...lease, verbs: ['get', 'create', 'patch'] },
    ...POD_RIGHTS,
    // No name at all would mean every pod.
    ...(pods.length > 0 ? [{ apiGroups: [''], resources: ['pods'], resourceNames: pods, verbs: ['delete'] }] : []),
  ];
}

const POD_RIGHTS = [
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
];

/** The same for the pods of the cluster's DNS, where the site may. */
export function addDnsRights(scope: Construct, { name, metadata, serviceAccountName }: PairSpec, site: Site): void {
  const called = `${name}-marks-dns`;
  const { namespace: own } = metadata(name);
  for (const { namespace } of dnsOf(site)) {
    grant(scope, {
      ids: [`rights-${namespace}`, `binding-${namespace}`],
      metadata: { ...metadata(called), namespace },
      rules: POD_RIGHTS,
      account: { name: serviceAccountName, namespace: own as string },
    });
  }
}

/** The agents try all pods of the site at their own port. Nothing listens there in most: the refusal is an answer. */
export function allowTries(scope: Construct, { name, metadata, selector }: PairSpec, site: Site): void {
  const ports = [{ port: k8s.IntOrString.fromNumber(AGENT_PORT), protocol: 'TCP' }];
  const all = { matchLabels: { [PART_OF]: site.name } };
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

/** The pods of the cluster's DNS that the agents mark; unless named, the pods of most clusters. */
function dnsOf({ _cluster: { markDns = false, dnsPods = CLUSTER.dnsPods.slice(0, 1) } }: Site): DnsPods[] {
  return markDns ? dnsPods : [];
}

function leaseOf({ name }: Site): string {
  return `${name}-silent-nodes`;
}
