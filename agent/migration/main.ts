/**
 * The program beside the command of a migration. The namespace and the ConfigMap are its arguments.
 *
 * It does not handle SIGTERM: a pod that is stopped has not told of the end, and must not count as done.
 */
import { monotonicClock } from '../clock';
import { kubeOfPod } from '../in-cluster';
import { logTo } from '../log';
import { markWhenDone } from './marking';

/** How long a call may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

const { HOSTNAME: pod = '' } = process.env;
const [, , namespace = '', configMap = ''] = process.argv;
const log = logTo((line) => void process.stdout.write(line), pod);

void markWhenDone(kubeOfPod(TIMEOUT_MS), monotonicClock, log, { namespace, pod, configMap }).then(() =>
  process.exit(0),
);
