import { k8s } from '../core/imports';
import { CLUSTER, toApiServer } from '../core/network';
import { grant } from '../core/rights';
import type { Role } from '../core/role';
import { tokenMount, tokenVolume } from '../core/token';

/** The mount of the token in a container of Admin's pod. */
export const TOKEN_MOUNT = tokenMount('token');

/** The token of Admin's own account, for the rights of that account. Only containers that need it have it. */
export function token(): k8s.Volume {
  const namespace = { path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } };
  return tokenVolume(TOKEN_MOUNT.name, { downwardApi: { items: [namespace] } });
}

/** Lets Admin read these CronJobs, and say when they last succeeded. */
export function allowCronJobs(admin: Role, cronJobs: Map<string, string[]>): void {
  for (const [namespace, names] of cronJobs) {
    const metadata = { ...admin._metadata(`${admin.name}-cron-jobs`), namespace };
    grant(admin.chart, {
      ids: [`cron-jobs-${namespace}`, `cron-jobs-binding-${namespace}`],
      metadata,
      rules: [{ apiGroups: ['batch'], resources: ['cronjobs'], resourceNames: names, verbs: ['get'] }],
      account: admin,
    });
  }
}

/** Lets Admin list the nodes, and read the figures of their kubelets. */
export function allowKubelets(admin: Role): void {
  if (admin.site._cluster.clusterRoles !== false) addClusterRole(admin);
  const { apiServer, _cluster } = admin.site;
  const { apiServerPorts: numbers = CLUSTER.apiServerPorts } = _cluster;
  new k8s.KubeNetworkPolicy(admin.chart, 'egress-nodes', {
    metadata: admin._metadata(`${admin.name}-to-nodes`),
    spec: {
      podSelector: { matchLabels: admin._selector },
      policyTypes: ['Egress'],
      // The API server and the kubelets, whose addresses a cluster does not tell beforehand.
      egress: [
        ...(apiServer ? [toApiServer(apiServer, numbers)] : []),
        {
          to: [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }],
          ports: [...(apiServer ? [] : numbers), 10250].map((port) => ({
            port: k8s.IntOrString.fromNumber(port),
            protocol: 'TCP',
          })),
        },
      ],
    },
  });
}

function addClusterRole(admin: Role): void {
  const { namespace: _, ...metadata } = admin._metadata(`${admin.namespace}-${admin.name}`);
  new k8s.KubeClusterRole(admin.chart, 'rights', {
    metadata,
    rules: [
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
    ],
  });
  new k8s.KubeClusterRoleBinding(admin.chart, 'binding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: admin.name, namespace: admin.namespace }],
  });
}
