import { k8s } from '../core/imports';
import { DATA, FENCE, PORT, RUN, SETTINGS, USER } from './mysql';
import { container } from '../core/container';
import { PairParts } from '../pair/pair';

/** Differences between one pair's mysqld and another's. */
export interface MysqldSpec {
  readonly image: string;
  readonly mebibytes: number;
  /** Mounts beside its settings, its data and the folder that it shares with the agent. */
  readonly mounts: k8s.VolumeMount[];
  readonly agents: PairParts;
}

/** The mysqld of one server of a pair. */
export function mysqld({ image, mebibytes, mounts, agents }: MysqldSpec): k8s.Container {
  const answers = { tcpSocket: { port: k8s.IntOrString.fromNumber(PORT) }, periodSeconds: 5 };
  return container({
    name: 'mysqld',
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
    ports: [{ name: 'mysql', containerPort: PORT }],
    // A volume is initialized within a minute; one that is recovered or cloned takes as long as it takes.
    startup: { ...answers, periodSeconds: 1, failureThreshold: 600 },
    // The agent says whether it is the primary, or close enough behind it.
    readiness: { exec: { command: ['test', '-e', `${FENCE}/ready`] }, periodSeconds: 2, failureThreshold: 1 },
    liveness: { ...answers, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    preStop: agents.preStop,
  });
}
