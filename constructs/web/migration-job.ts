import { Duration, Size } from 'cdk8s';
import { SERVICE_ACCOUNT } from '../../contract/agent-files';
import { container } from '../core/container';
import { k8s } from '../core/imports';
import { runOnce } from '../core/job';
import { allowApiServer, allowOutside, OutsidePort } from '../core/network';
import { auxiliaryPods } from '../core/pod-group';
import { Program, withFiles } from '../core/program';
import { checkSameSite, problem, wholeMebibytes, wholeSeconds } from '../core/problems';
import { mebibytesOf } from '../core/settings';
import { checkCommand } from '../core/values';
import { IConnectable } from '../core/connectable';
import type { WebTier } from './web-tier';
import type { Migration } from './migration';

/** The least RAM of the command: PHP's own bound on one program is 128. */
const LEAST_MEBIBYTES = 256;
/** RAM of Node while it tells the API server of the end, in MiB: idle it takes 44. */
const DONE_MEBIBYTES = 64;
const RETRIES = 1000;
const DONE = 'done';
const COMMAND = 'migrate';

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
  return { name: 'SLICES_MIGRATED', valueFrom: { configMapKeyRef: { name: `${web.name}-migrated`, key: DONE } } };
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
  return runOnce(web, {
    name: 'migrate',
    // Not as an init container: some network plug-ins let no connection of a pod through whose init containers still run.
    containers: [
      container({
        name: COMMAND,
        image,
        mebibytes: ramOf(web, options),
        command,
        env: program.env,
        mounts: program.mounts,
        user,
      }),
      markDone(web, name),
    ],
    volumes: [...program.volumes, token()],
    ports: [],
    uses,
    group: user,
    retries: options.retries ?? RETRIES,
    ...(options.timeout && { timeout: Duration.seconds(Math.ceil(options.timeout.toSeconds({ integral: false }))) }),
  });
}

function check(web: WebTier, { command, options, files }: MigrationPlan): void {
  const { ram, timeout, retries, before = [] } = options;
  checkCommand(web, 'migrate', command);
  if (ram) wholeMebibytes(web, 'migration.ram', ram);
  if (timeout && wholeSeconds(web, 'migration.timeout', timeout) < 1)
    problem(web, 'migration.timeout', timeout, 'write a second or more');
  if (retries !== undefined && (!Number.isInteger(retries) || retries < 0))
    problem(web, 'migration.retries', retries, 'write a whole number from 0');
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
  const metadata = web._metadata(name);
  new k8s.KubeRole(web.chart, 'migrated-role', {
    metadata,
    rules: [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs: ['patch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    ],
  });
  new k8s.KubeRoleBinding(web.chart, 'migrated-binding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: web.name, namespace: web.namespace }],
  });
}

function markDone(web: WebTier, name: string): k8s.Container {
  return container({
    name: 'done',
    image: web.site.nodeImage,
    mebibytes: DONE_MEBIBYTES,
    command: ['node', '-e', MARK, `/api/v1/namespaces/${web.namespace}`, name],
    mounts: [{ name: 'token', mountPath: SERVICE_ACCOUNT, readOnly: true }],
    user: 1000,
  });
}

function token(): k8s.Volume {
  return {
    name: 'token',
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      ],
    },
  };
}

/** Waits until the command beside it has ended well, and writes the key. A try that failed is followed by another. */
const MARK = `
const { readFileSync } = require('node:fs');
const { request } = require('node:https');
const read = (name) => readFileSync('${SERVICE_ACCOUNT}/' + name, 'utf8');
const { HOSTNAME: pod, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const [, namespace, configMap] = process.argv;

const call = (method, path, body) => new Promise((resolve, reject) => {
  const headers = { authorization: 'Bearer ' + read('token'), 'content-type': 'application/merge-patch+json' };
  const options = { host, port, path: namespace + path, method, headers, ca: read('ca.crt'), timeout: 10000 };
  const asked = request(options, async (response) => {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    if (response.statusCode === 200) resolve(JSON.parse(text));
    else reject(new Error('the API server answers ' + response.statusCode));
  });
  asked.on('timeout', () => asked.destroy(new Error('no answer of the API server')));
  asked.on('error', reject);
  asked.end(body);
});

async function look() {
  const { status } = await call('GET', '/pods/' + pod);
  const command = (status.containerStatuses ?? []).find(({ name }) => name === '${COMMAND}');
  if (command?.state.terminated?.exitCode !== 0) return false;
  await call('PATCH', '/configmaps/' + configMap, '{"data":{"${DONE}":"yes"}}');
  return true;
}

async function main() {
  for (;;) {
    if (await look().catch((error) => console.log(error.message))) return;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
void main();
`;
