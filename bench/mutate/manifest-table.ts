import type { Mutation } from './mutation';
import { inFile } from './mutation';

/** Mistakes in manifests and in the command line. */
export const MANIFEST_MUTATIONS: readonly Mutation[] = [
  ...inFile(
    'constructs/blobs/garage.ts',
    ['__tests__/e2e-sites.test.ts'],
    [['metadata_fsync = true', 'metadata_fsync = false']],
  ),
  ...inFile('constructs/mysql/mysql.ts', ['__tests__/e2e-sites.test.ts'], [['  sync_binlog: 1,', '  sync_binlog: 0,']]),
  ...inFile(
    'constructs/core/cron-job.ts',
    ['__tests__/blob-store.test.ts', '__tests__/job-workers.test.ts'],
    [["concurrencyPolicy: 'Forbid'", "concurrencyPolicy: 'Allow'"]],
  ),
  ...inFile(
    'constructs/core/container.ts',
    ['__tests__/job-workers.test.ts'],
    [
      [
        "    readOnlyRootFilesystem: !spec.writableRoot,\n    capabilities: { drop: ['ALL'] },",
        "    readOnlyRootFilesystem: false,\n    capabilities: { drop: ['ALL'] },",
      ],
      ['    runAsNonRoot: true,\n', ''],
    ],
  ),
  ...inFile(
    'constructs/pair/pair.ts',
    ['__tests__/heartbeat.test.ts'],
    [['renewMs: renewMilliseconds, giveUpMs', 'renewMS: renewMilliseconds, giveUpMs']],
  ),
  ...inFile('constructs/pair/pair.ts', ['__tests__/e2e-sites.test.ts'], [['settleMs: 1_000 };', 'settleMs: 0 };']]),
  ...inFile(
    'constructs/jobs/worker-plan.ts',
    ['__tests__/job-workers.test.ts'],
    [['Math.ceil(beside / role.slices.length)', 'Math.floor(beside / role.slices.length)']],
  ),
  ...inFile(
    'cli/switchover.ts',
    ['__tests__/switchover.test.ts'],
    [['  if (status !== 200) throw', '  if (false) throw']],
  ),
  ...inFile(
    'cli/secrets.ts',
    ['__tests__/secrets.test.ts'],
    [['    await fill(secret.name, namespace, values', '    await fill(secret.name, secret.namespaces[0]!, values']],
  ),
  ...inFile(
    'cli/up.ts',
    ['__tests__/up.test.ts'],
    [['waits.length === 0 ? (readyAt ?? passed)', 'true ? (readyAt ?? passed)']],
  ),
];
