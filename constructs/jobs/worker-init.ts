import { hashedConfig } from '../core/config';
import { k8s } from '../core/imports';
import type { Role } from '../core/role';

/** The mount of the init, whose only file is `run`. */
export const INIT_FOLDER = '/etc/slices/init';

/**
 * Process 1 of a worker's container. tini and dumb-init are in few images and start nothing again; a program of POSIX' shell runs in any
 * image that has `/bin/sh`, with nothing to build or to pull.
 *
 * The kernel keeps a signal without a handler from process 1, so that a worker in its place would not stop. The kubelet waits up to five
 * minutes before it starts a container again, even after an exit with 0.
 */
export const WORKER_INIT = `#!/bin/sh
# run again|once GRACE COMMAND...: runs a worker, again after each exit with 0, or once.
mode=$1 grace=$2
shift 2
stopping= worker=

# A worker that is stopped finishes its job within its own grace, whatever others in its pod may take.
stop() {
  stopping=1
  [ -n "$worker" ] || return
  kill -TERM "$worker" 2>/dev/null
  (sleep "$grace" && kill -KILL "$worker") 2>/dev/null &
}
trap stop TERM INT

while [ -z "$stopping" ]; do
  # At most one start a second, for a worker that has nothing to do.
  sleep 1 &
  pause=$!
  "$@" &
  worker=$!
  # The signal may have come before the worker had a number.
  [ -z "$stopping" ] || stop
  wait "$worker"
  code=$?
  # A signal ends the wait before the worker ends.
  while kill -0 "$worker" 2>/dev/null; do
    wait "$worker"
    code=$?
  done
  worker=
  if [ "$mode" = once ] || [ "$code" -ne 0 ] || [ -n "$stopping" ]; then exit "$code"; fi
  wait "$pause"
done
`;

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
