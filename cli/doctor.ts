import type { V1DaemonSet, V1Node, V1Service, V1StorageClass } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};

/** What a cluster says of itself; undefined, where one may not see it. */
export interface Findings {
  /** `v1.34.1`. */
  readonly version: string | undefined;
  readonly nodes: readonly V1Node[] | undefined;
  readonly daemonSets: readonly V1DaemonSet[] | undefined;
  readonly storageClasses: readonly V1StorageClass[] | undefined;
  readonly services: readonly V1Service[] | undefined;
  readonly hasMetrics: boolean | undefined;
}

export interface Check {
  readonly name: string;
  /** `lacking` has to be mended, `better` would be, and `unknown` could not be seen. */
  readonly state: 'ok' | 'lacking' | 'better' | 'unknown';
  readonly says: string;
}

/** The first version whose sidecars and preStop sleeps a site needs. */
const LEAST_MINOR = 30;

/** What a cluster has of what sites need, and what it lacks. */
export function diagnose(findings: Findings): Check[] {
  const check = <T>(name: string, found: T | undefined, judge: (found: T) => Omit<Check, 'name'>): Check => ({
    name,
    ...(found === undefined ? { state: 'unknown', says: 'you may not see it' } : judge(found)),
  });
  const { version, nodes, daemonSets, storageClasses, services, hasMetrics } = findings;
  return [
    check('version', version, ofVersion),
    check('nodes', nodes, ofNodes),
    check('network policies', daemonSets && nodes && { daemonSets, nodes }, ofPolicies),
    check('storage', storageClasses, ofStorage),
    check('load balancer', services, ofLoadBalancer),
    check('DNS cache', daemonSets, ofDns),
    check('metrics', hasMetrics, ofMetrics),
  ];
}

type Verdict = Omit<Check, 'name'>;

function ofVersion(version: string): Verdict {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const isEnough = Number(major) > 1 || Number(minor) >= LEAST_MINOR;
  return isEnough
    ? { state: 'ok', says: `Kubernetes ${version}` }
    : { state: 'lacking', says: `Kubernetes ${version}: sites need 1.${LEAST_MINOR} or later` };
}

function ofNodes(nodes: readonly V1Node[]): Verdict {
  const ready = nodes.filter(({ status }) =>
    status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
  );
  const versions = [...new Set(ready.map(({ status }) => status?.nodeInfo?.kubeletVersion ?? ''))].sort();
  const old = versions.filter((each) => Number(/^v1\.(\d+)/.exec(each)?.[1] ?? LEAST_MINOR) < LEAST_MINOR);
  const says = `${ready.length} of ${nodes.length} are ready, with kubelets ${versions.join(', ')}`;
  if (old.length > 0) return { state: 'lacking', says: `${says}: sites need 1.${LEAST_MINOR} or later` };
  if (ready.length < 2) return { state: 'lacking', says: `${says}: with one node, both slices of a pair end with it` };
  return { state: ready.length < nodes.length ? 'better' : 'ok', says };
}

/** DaemonSets of network plug-ins that enforce policies, and of those that do not, by a part of their names. */
const ENFORCING = /calico|canal|cilium|antrea|kube-router|weave|ovn|azure-npm|network-polic|romana|kube-ovn/;
const OPEN = /flannel/;

function ofPolicies({ daemonSets, nodes }: { daemonSets: readonly V1DaemonSet[]; nodes: readonly V1Node[] }): Verdict {
  const names = daemonSets.map(({ metadata }) => metadata?.name ?? '');
  const enforcing = names.find((each) => ENFORCING.test(each));
  if (enforcing !== undefined) return { state: 'ok', says: `${enforcing} enforces them` };
  // k3s has its own controller of policies in its kubelet.
  if (nodes.some(({ status }) => /\+k3s/.test(status?.nodeInfo?.kubeletVersion ?? '')))
    return { state: 'ok', says: 'k3s enforces them' };
  const open = names.find((each) => OPEN.test(each));
  if (open !== undefined)
    return { state: 'lacking', says: `${open} does not enforce them: everything of a site stays open` };
  return { state: 'unknown', says: 'no known network plug-in runs here: see whether yours enforces NetworkPolicy' };
}

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

function ofStorage(classes: readonly V1StorageClass[]): Verdict {
  const chosen = classes.find(({ metadata }) => metadata?.annotations?.[DEFAULT_CLASS] === 'true');
  const names = classes.map(({ metadata }) => metadata?.name).join(', ');
  if (!chosen) {
    const says =
      classes.length > 0
        ? `no default storage class; there are ${names}: name one by storageClassName`
        : 'no storage class';
    return { state: 'lacking', says };
  }
  const name = chosen.metadata?.name;
  return chosen.allowVolumeExpansion
    ? { state: 'ok', says: `${name} is the default, and its volumes can grow` }
    : { state: 'better', says: `${name} is the default, but its volumes cannot grow (allowVolumeExpansion)` };
}

function ofLoadBalancer(services: readonly V1Service[]): Verdict {
  const balanced = services.filter(({ spec }) => spec?.type === 'LoadBalancer');
  const served = balanced.find(({ status }) => status?.loadBalancer?.ingress?.length);
  if (served)
    return { state: 'ok', says: `${served.metadata?.namespace}/${served.metadata?.name} was given an address` };
  const waiting = balanced[0]?.metadata;
  if (waiting)
    return {
      state: 'lacking',
      says: `${waiting.namespace}/${waiting.name} was given no address: install MetalLB or the like`,
    };
  return { state: 'unknown', says: 'no Service of type LoadBalancer is there to tell by' };
}

function ofDns(daemonSets: readonly V1DaemonSet[]): Verdict {
  const cache = daemonSets.find(({ metadata }) => /node-?local-?dns/.test(metadata?.name ?? ''));
  return cache
    ? { state: 'ok', says: `${cache.metadata?.name} answers on each node` }
    : { state: 'better', says: 'no NodeLocal DNSCache: names are not looked up while the node of CoreDNS is lost' };
}

function ofMetrics(hasMetrics: boolean): Verdict {
  return hasMetrics
    ? { state: 'ok', says: 'metrics-server answers' }
    : { state: 'better', says: "no metrics-server: scaling by CPU stands still, and 'status' and 'top' know no use" };
}
