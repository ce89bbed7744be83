import { k8s } from '../core/imports';
import { DATA, FENCE, PORT, RUN, SETTINGS, USER } from './mysql';
import { PairParts } from '../pair/pair';
import { serverContainer } from '../pair/server-container';

/** Differences between one pair's mysqld and another's. */
export interface MysqldSpec {
  readonly image: string;
  readonly mebibytes: number;
  /** Mounts beside its settings, its data and the folder that it shares with the agent. */
  readonly mounts: k8s.VolumeMount[];
  readonly agents: PairParts;
}

/** The mysqld of one server of a pair. */
export function mysqld(spec: MysqldSpec): k8s.Container {
  const folders = { settings: SETTINGS, data: DATA, run: RUN, fence: FENCE };
  return serverContainer({ ...spec, ...folders, name: 'mysqld', portName: 'mysql', port: PORT, user: USER });
}
