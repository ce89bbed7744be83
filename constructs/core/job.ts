import { Duration } from 'cdk8s';
import { k8s } from './imports';
import { Role } from './role';
import { contentHash } from './config';
import { OpenPort, PodGroup, allow } from './network';
import { allowUsed, auxiliaryPods } from './pod-group';
import { nameByContent } from './patches';
import { podTemplate } from './pod';
import { IConnectable } from './connectable';

/** A task that runs once for a role, and again when it is written differently. */
export interface Task {
  /** The end of the Job's name: `setup` makes `dfw-mog-setup-…`. */
  readonly name: string;
  readonly containers: k8s.Container[];
  readonly init?: k8s.Container[];
  readonly volumes?: k8s.Volume[];
  /** The ports that it connects to, of the role's own slices or of `at`. */
  readonly ports: OpenPort[];
  /** @default - the role's own slices */
  readonly at?: PodGroup;
  /** The roles beside its own that it connects to. */
  readonly uses?: IConnectable[];
  readonly group?: number;
  /** How often a try that failed is followed by another. @default 1000 */
  readonly retries?: number;
  /** How long all tries may take. @default - as long as it takes */
  readonly timeout?: Duration;
}

/**
 * A Job whose name ends in a hash of its task and of its pod's labels. A Job cannot be changed, so a changed task is a new Job. Its program
 * must bear being run again and wait by itself for what it needs, as all files of dist are applied at once.
 *
 * Its pod has labels of its own, so that it is counted neither as a slice nor by the role's Services.
 */
export function runOnce(role: Role, task: Task): k8s.KubeJob {
  const party = auxiliaryPods(role, task.name);
  allow(party, task.at ?? role, task.ports);
  for (const used of task.uses ?? []) allowUsed(party, used);
  const { metadata, spec } = podTemplate(role, party._labels, { grace: Duration.seconds(10), ...task });
  const { labels, podLabels } = role._settings.metadata;
  const { annotations } = metadata;
  const more = podLabels ? { ...labels, ...podLabels } : labels;
  const content = JSON.stringify({ ...spec, labels: more, annotations });
  const job = new k8s.KubeJob(role.chart, task.name, {
    metadata: party._metadata(`${party.name}-${contentHash({ spec: content })}`),
    spec: {
      // What it waits for may take longer than any number of tries; it ends when it has succeeded.
      backoffLimit: task.retries ?? 1000,
      ...(task.timeout && { activeDeadlineSeconds: task.timeout.toSeconds() }),
      template: { metadata, spec: { ...spec, restartPolicy: 'OnFailure' } },
    },
  });
  return nameByContent(job);
}
