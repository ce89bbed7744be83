import { hashedConfig } from '../core/config';
import { k8s } from '../core/imports';
import type { Role } from '../core/role';
import { JOB_SCRIPTS } from './scripts-bundle';

/** The mount of the init, whose only file is `run`. */
export const INIT_FOLDER = '/etc/slices/init';

/**
 * Process 1 of a worker's container. tini and dumb-init are in few images and start nothing again; a program of POSIX' shell runs in any
 * image that has `/bin/sh`, with nothing to build or to pull.
 *
 * The kernel keeps a signal without a handler from process 1, so that a worker in its place would not stop. The kubelet waits up to five
 * minutes before it starts a container again, even after an exit with 0.
 */
export const WORKER_INIT = JOB_SCRIPTS['run'] as string;

/** The init in a pod. */
export interface InitParts {
  readonly mount: k8s.VolumeMount;
  readonly volume: k8s.Volume;
}

/** The init in the pods of a role. */
export function initParts(role: Role): InitParts {
  const config = hashedConfig(role.chart, 'init', `${role.name}-init`, { run: WORKER_INIT }, role._metadata(role.name));
  return {
    mount: { name: 'init', mountPath: INIT_FOLDER, readOnly: true },
    volume: { name: 'init', configMap: { name: config.name } },
  };
}

/** The command by which the init runs a worker. */
export function underInit(mode: 'again' | 'once', graceSeconds: number, command: string[]): string[] {
  return ['/bin/sh', `${INIT_FOLDER}/run`, mode, String(graceSeconds), ...command];
}
