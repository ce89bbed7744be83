import { SERVICE_ACCOUNT } from '../../contract/agent-files';
import { k8s } from '../core/imports';
import { CLUSTER, toApiServer } from '../core/network';
import type { Role } from '../core/role';

/** The mount of the token in a container of Admin's pod. */
export const TOKEN_MOUNT = {
  name: 'token',
  mountPath: SERVICE_ACCOUNT,
  readOnly: true,
};

/** The token of Admin's own account, for the rights of that account. Only containers that need it have it. */
export function token(): k8s.Volume {
  return {
    name: 'token',
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardApi: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
}

/** Lets Admin read these CronJobs, and say when they last succeeded. */
export function allowCronJobs(admin: Role, cronJobs: Map<string, string[]>): void {
  for (const [namespace, names] of cronJobs) {
    const metadata = { ...admin._metadata(`${admin.name}-cron-jobs`), namespace };
    new k8s.KubeRole(admin.chart, `cron-jobs-${namespace}`, {
      metadata,
      rules: [{ apiGroups: ['batch'], resources: ['cronjobs'], resourceNames: names, verbs: ['get'] }],
    });
    new k8s.KubeRoleBinding(admin.chart, `cron-jobs-binding-${namespace}`, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: admin.name, namespace: admin.namespace }],
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
