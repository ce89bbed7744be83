import { Duration } from 'cdk8s';
import { k8s } from './imports';
import type { Role } from './role';
import { AuxiliaryPods } from './pod-group';
import { podTemplate } from './pod';

/** A repeated task of a role. */
export interface RepeatedTask {
  /** When, as cron has it, in UTC. */
  readonly schedule: string;
  readonly containers: k8s.Container[];
  readonly init?: k8s.Container[];
  readonly volumes?: k8s.Volume[];
  readonly group?: number;
  /** How long it may take. @default - as long as it takes */
  readonly within?: Duration;
}

/** A CronJob in pods beside the slices of a role. */
export function runOnSchedule(
  role: Role,
  party: AuxiliaryPods,
  { schedule, within, ...task }: RepeatedTask,
): k8s.KubeCronJob {
  const { metadata, spec } = podTemplate(role, party._labels, { ...task, grace: Duration.seconds(10) });
  return new k8s.KubeCronJob(role.chart, `cron-${party.name}`, {
    metadata: party._metadata(party.name),
    spec: scheduled(schedule, {
      backoffLimit: 2,
      ...(within ? { activeDeadlineSeconds: within.toSeconds() } : {}),
      template: { metadata, spec: { ...spec, restartPolicy: 'Never' } },
    }),
  });
}

/** A Job by the clock, in UTC. One run is over before the next begins. */
export function scheduled(schedule: string, job: k8s.JobSpec): k8s.CronJobSpec {
  return {
    schedule,
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    // Kubernetes gives up a CronJob for good that missed 100 starts, unless it looks back over no more than this.
    startingDeadlineSeconds: 300,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: { spec: job },
  };
}
