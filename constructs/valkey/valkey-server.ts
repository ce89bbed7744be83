import { container } from '../core/container';
import { k8s } from '../core/imports';
import { PairParts } from '../pair/pair';
import { DATA, FENCE, PORT, RUN, SETTINGS, USER } from './valkey-conf';

interface ValkeyServerSpec {
  readonly image: string;
  readonly mebibytes: number;
  /** Mounts beside its settings, its data and the folder that it shares with the agent. */
  readonly mounts: k8s.VolumeMount[];
  readonly agents: PairParts;
}

/** The valkey-server of one slice. */
export function valkeyServer({ image, mebibytes, mounts, agents }: ValkeyServerSpec): k8s.Container {
  const answers = { tcpSocket: { port: k8s.IntOrString.fromNumber(PORT) }, periodSeconds: 5 };
  return container({
    name: 'valkey',
    image,
    mebibytes,
    command: ['bash', `${SETTINGS}/start.sh`],
    mounts: [
      { name: 'settings', mountPath: SETTINGS, readOnly: true },
      { name: 'data', mountPath: DATA },
      { name: 'run', mountPath: RUN },
      ...agents.engineMounts,
      ...mounts,
    ],
    user: USER,
    ports: [{ name: 'valkey', containerPort: PORT }],
    startup: { ...answers, periodSeconds: 1, failureThreshold: 600 },
    // The agent says whether it is the primary, or a replica that may take over.
    readiness: { exec: { command: ['test', '-e', `${FENCE}/ready`] }, periodSeconds: 2, failureThreshold: 1 },
    liveness: { ...answers, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    preStop: agents.preStop,
  });
}
