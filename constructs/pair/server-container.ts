import { container } from '../core/container';
import { k8s } from '../core/imports';
import { PairParts } from './pair';

/** A server that keeps data, and the folders that it and its agent know. */
export interface ServerContainerSpec {
  readonly name: string;
  /** The name of its port. */
  readonly portName: string;
  readonly port: number;
  readonly user: number;
  readonly image: string;
  readonly mebibytes: number;
  /** Where its settings and its program are, its data, and the folder that it shares with the agent; and the agent's files. */
  readonly settings: string;
  readonly data: string;
  readonly run: string;
  readonly fence: string;
  /** Mounts beside these. */
  readonly mounts: k8s.VolumeMount[];
  readonly agents: PairParts;
}

/** The server of one slice of a pair: its agent says whether it is ready. */
export function serverContainer(spec: ServerContainerSpec): k8s.Container {
  const { name, portName, port, user, image, mebibytes, settings, data, run, fence, mounts, agents } = spec;
  const answers = { tcpSocket: { port: k8s.IntOrString.fromNumber(port) }, periodSeconds: 5 };
  return container({
    name,
    image,
    mebibytes,
    command: ['bash', `${settings}/start.sh`],
    mounts: [
      { name: 'settings', mountPath: settings, readOnly: true },
      { name: 'data', mountPath: data },
      { name: 'run', mountPath: run },
      ...agents.engineMounts,
      ...mounts,
    ],
    user,
    ports: [{ name: portName, containerPort: port }],
    // A volume is made within a minute; one that is recovered or copied takes as long as it takes.
    startup: { ...answers, periodSeconds: 1, failureThreshold: 600 },
    // The agent says whether it is the primary, or may take over.
    readiness: { exec: { command: ['test', '-e', `${fence}/ready`] }, periodSeconds: 2, failureThreshold: 1 },
    liveness: { ...answers, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    preStop: agents.preStop,
  });
}
