import { k8s } from '../core/imports';
import { PairParts } from '../pair/pair';
import { serverContainer } from '../pair/server-container';
import { DATA, FENCE, PORT, RUN, SETTINGS, USER } from './valkey-conf';

interface ValkeyServerSpec {
  readonly image: string;
  readonly mebibytes: number;
  /** Mounts beside its settings, its data and the folder that it shares with the agent. */
  readonly mounts: k8s.VolumeMount[];
  readonly agents: PairParts;
}

/** The valkey-server of one slice. */
export function valkeyServer(spec: ValkeyServerSpec): k8s.Container {
  const folders = { settings: SETTINGS, data: DATA, run: RUN, fence: FENCE };
  return serverContainer({ ...spec, ...folders, name: 'valkey', portName: 'valkey', port: PORT, user: USER });
}
