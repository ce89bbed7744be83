import { Duration, Size } from 'cdk8s';
import { COMMAND_CONTAINER, DONE_KEY } from '../../contract/migration';
import { hashedConfig } from '../core/config';
import { container } from '../core/container';
import { k8s } from '../core/imports';
import { runOnce } from '../core/job';
import { allowApiServer, allowOutside, OutsidePort } from '../core/network';
import { auxiliaryPods } from '../core/pod-group';
import { Program, withFiles } from '../core/program';
import { checkAtLeast, checkSameSite, problem, wholeMebibytes, wholeSeconds } from '../core/problems';
import { mebibytesOf } from '../core/settings';
import { checkCommand } from '../core/values';
import { IConnectable } from '../core/connectable';
import { grant } from '../core/rights';
import { tokenMount, tokenVolume } from '../core/token';
import { MIGRATION_MARKER } from './migration-bundle';
import type { WebTier } from './web-tier';
import type { Migration } from './migration';

/** The least RAM of the command: PHP's own bound on one program is 128. */
const LEAST_MEBIBYTES = 256;
/** Less than a shell and a small program take. */
const LEAST_RAM = Size.mebibytes(16);
/** Kubernetes' bound (int32). */
const MOST_RETRIES = 2_147_483_647;
/** RAM of Node while it tells the API server of the end, in MiB: idle it takes 44. */
const MARKER_MEBIBYTES = 64;

/** The Job of a tier. */
export interface MigrationPlan {
  readonly command: string[];
  readonly options: Migration;
  readonly image: string;
  readonly user: number;
  readonly program: Program;
  readonly files: Record<string, string>;
  readonly uses: IConnectable[];
  readonly outside: OutsidePort[];
}

/**
 * Slices take a variable from this key of a ConfigMap. The kubelet starts no container whose variable has no value yet, and tries again
 * (30 s later at most, measured on a busy machine). So a slice needs neither a token nor a way to the API server to wait.
 */
export function migrated(web: WebTier): k8s.EnvVar {
  return { name: 'SLICES_MIGRATED', valueFrom: { configMapKeyRef: { name: `${web.name}-migrated`, key: DONE_KEY } } };
}

/** Runs the command, and then writes the key that slices wait for. */
export function addMigration(web: WebTier, plan: MigrationPlan): k8s.KubeJob {
  check(web, plan);
  const { options, image, user, command, uses, outside } = plan;
  const name = `${web.name}-migrated`;
  new k8s.KubeConfigMap(web.chart, 'migrated', { metadata: web._metadata(name) });
  allowMarking(web, name);
  for (const workers of options.before ?? []) workers._waitFor(migrated(web));
  const party = auxiliaryPods(web, 'migrate');
  allowApiServer(party, web.site.apiServer);
  allowOutside(party, outside);
  const program = options.files ? withFiles(web, plan.program, 'migration', chosen(plan)) : plan.program;
  const mark = marker(web, name);
  return runOnce(web, {
    name: 'migrate',
    // Not as an init container: some network plug-ins let no connection of a pod through whose init containers still run.
    containers: [
      container({
        name: COMMAND_CONTAINER,
        image,
        mebibytes: ramOf(web, options),
        command,
        env: program.env,
        mounts: program.mounts,
        user,
      }),
      mark.container,
    ],
    volumes: [...program.volumes, ...mark.volumes],
    ports: [],
    uses,
    group: user,
    ...(options.retries !== undefined && { retries: options.retries }),
    ...(options.timeout && { timeout: Duration.seconds(Math.ceil(options.timeout.toSeconds({ integral: false }))) }),
  });
}

function check(web: WebTier, { command, options, files }: MigrationPlan): void {
  const { ram, timeout, retries, before = [] } = options;
  checkCommand(web, 'migrate', command);
  if (ram && checkAtLeast(web, 'migration.ram', ram, LEAST_RAM, 'no program runs in less'))
    wholeMebibytes(web, 'migration.ram', ram);
  if (timeout && wholeSeconds(web, 'migration.timeout', timeout) < 1)
    problem(web, 'migration.timeout', timeout, 'write a second or more');
  if (retries !== undefined && (!Number.isInteger(retries) || retries < 0 || retries > MOST_RETRIES))
    problem(web, 'migration.retries', retries, `write a whole number from 0 to ${MOST_RETRIES}`);
  for (const path of options.files ?? [])
    if (!Object.hasOwn(files, path))
      problem(web, 'migration.files', path, "it is none of the tier's files; write a path of files");
  for (const workers of before) checkSameSite(web, 'migration.before', workers);
}

function ramOf(web: WebTier, { ram }: Migration): number {
  const usual = Math.max(LEAST_MEBIBYTES, Math.ceil(web._mebibytes / 2));
  return mebibytesOf(ram ?? Size.mebibytes(usual));
}

function chosen({ files, options }: MigrationPlan): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => options.files?.includes(path)));
}

/** Only this ConfigMap can be written, and only in the container that has the token, which sees by its pod how the command ended. */
function allowMarking(web: WebTier, name: string): void {
  grant(web.chart, {
    ids: ['migrated-role', 'migrated-binding'],
    metadata: web._metadata(name),
    rules: [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs: ['patch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    ],
    account: web,
  });
}

/** The program that writes the key, and its volumes. */
function marker(web: WebTier, name: string): { container: k8s.Container; volumes: k8s.Volume[] } {
  const files = { 'marker.js': MIGRATION_MARKER };
  const config = hashedConfig(web.chart, 'marker', `${web.name}-marker`, files, web._metadata(web.name));
  return {
    container: container({
      name: 'done',
      image: web.site.nodeImage,
      mebibytes: MARKER_MEBIBYTES,
      command: ['node', '/marker/marker.js', web.namespace, name],
      mounts: [{ name: 'marker', mountPath: '/marker', readOnly: true }, tokenMount('token')],
      user: 1000,
    }),
    volumes: [{ name: 'marker', configMap: { name: config.name } }, tokenVolume('token')],
  };
}
