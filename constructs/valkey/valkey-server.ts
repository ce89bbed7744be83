import { k8s } from '../core/imports';
import { PairParts } from '../pair/pair';
import { serverContainer } from '../pair/server-container';
import { DATA, FENCE, RUN, SETTINGS, USER } from './valkey-conf';

interface ValkeyServerSpec {
  readonly image: string;
  readonly mebibytes: number;
  /** The port of programs, which answers once the server does. */
  readonly port: k8s.ServicePort;
  /** Mounts beside its settings, its data and the folder that it shares with the agent. */
  readonly mounts: k8s.VolumeMount[];
  readonly agents: PairParts;
}

/** The valkey-server of one slice. */
export function valkeyServer({ port, ...spec }: ValkeyServerSpec): k8s.Container {
  const folders = { settings: SETTINGS, data: DATA, run: RUN, fence: FENCE };
  return serverContainer({ ...spec, ...folders, name: 'valkey', portName: port.name!, port: port.port, user: USER });
}
