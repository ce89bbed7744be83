import { SERVICE_ACCOUNT } from '../contract/agent-files';
import { monotonicClock } from './clock';
import { Kube } from './kube';

/** The API server as a program in a pod reaches it, by the pod's own account. */
export function kubeOfPod(timeoutMs: number): Kube {
  const { env } = process;
  return new Kube({
    host: env['KUBERNETES_SERVICE_HOST'] ?? 'kubernetes.default.svc',
    port: Number(env['KUBERNETES_SERVICE_PORT'] ?? 443),
    credentials: SERVICE_ACCOUNT,
    timeoutMs,
    clock: monotonicClock,
  });
}
