import { SERVICE_ACCOUNT } from '../../contract/agent-files';
import { k8s } from '../core/imports';
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
