import { SERVICE_ACCOUNT } from '../../contract/agent-files';
import { k8s } from './imports';

/** The token of the pod's own account, which the kubelet replaces before it expires. Only containers that mount it have it. */
export function tokenVolume(name: string, ...more: k8s.VolumeProjection[]): k8s.Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        ...more,
      ],
    },
  };
}

/** The mount of that volume, where clients of Kubernetes look for it. */
export function tokenMount(name: string): k8s.VolumeMount {
  return { name, mountPath: SERVICE_ACCOUNT, readOnly: true };
}
