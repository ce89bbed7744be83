import { BLOB_SCRIPTS } from './scripts-bundle';
import { k8s } from '../core/imports';
import type { BlobStore } from './blob-store';
import { container } from '../core/container';
import { runOnSchedule } from '../core/cron-job';
import { watchCronJob } from '../core/cron-job-figures';
import { allow } from '../core/network';
import { auxiliaryPods } from '../core/pod-group';

/** A check of all files. */
export interface Check {
  readonly schedule: string;
  readonly image: string;
  readonly user: number;
  /** The trackers' addresses, as `mogadm` takes them. */
  readonly trackers: string;
  readonly port: number;
}

/** Seconds by which one check may be longer than another: a million files take 17 hours at the pace of docs/blob-store.md. */
const A_DAY = 86_400;

/** RAM of `mogadm`, in MiB: as in the Job that sets up. */
const CHECK_MEBIBYTES = 64;

/** Has the trackers check all files on a schedule, and tells when a check does not come about. */
export function checkFiles(store: BlobStore, { schedule, image, user, trackers, port }: Check): k8s.KubeCronJob {
  const party = auxiliaryPods(store, 'check');
  allow(party, store, [{ port }]);
  watchCronJob(store, party.name, {
    schedule,
    slack: A_DAY,
    title: 'since a check',
    alert: 'BlobsNotChecked',
    summary: `the files of ${store.name} were not all checked for {{ $value | humanizeDuration }}: kubectl -n ${store.namespace} describe cronjob ${party.name}, and the log of its last pods, say why`,
  });
  const command = ['sh', '-c', BLOB_SCRIPTS['check.sh'] as string];
  const env = [{ name: 'TRACKERS', value: trackers }];
  return runOnSchedule(store, party, {
    schedule,
    containers: [container({ name: 'check', image, mebibytes: CHECK_MEBIBYTES, command, env, user })],
    group: user,
  });
}
