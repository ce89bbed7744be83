import { Construct } from 'constructs';
import { k8s } from './imports';

/** The rights of an account in a namespace: that of `metadata`. */
export interface Rights {
  /** The ids of the Role and of its binding. */
  readonly ids: readonly [role: string, binding: string];
  readonly metadata: k8s.ObjectMeta;
  readonly rules: k8s.PolicyRule[];
  readonly account: { readonly name: string; readonly namespace: string };
}

/** Makes a Role and its binding. */
export function grant(scope: Construct, { ids: [role, binding], metadata, rules, account }: Rights): void {
  new k8s.KubeRole(scope, role, { metadata, rules });
  new k8s.KubeRoleBinding(scope, binding, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name as string },
    subjects: [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }],
  });
}
