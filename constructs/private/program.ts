import { createHash } from 'node:crypto';
import { k8s } from 'cdk8s-plus-34';
import type { Role } from '../role';
import { hashedConfig } from './config';
import { secretEnv } from './offer';
import { problem } from './problems';
import { SecretValue } from './secrets';
import { IUsable } from '../usable';

/** What the site's own code is given. */
export interface ProgramProps {
  readonly uses?: IUsable[] | undefined;
  readonly environment?: Record<string, string> | undefined;
  readonly files?: Record<string, string> | undefined;
  readonly secrets?: Record<string, string[]> | undefined;
}

/** The same for a container. */
export interface Program {
  readonly env: k8s.EnvVar[];
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
}

/** Opens what a role's code uses to it, and puts its environment, files and secrets where it finds them. */
export function programOf(role: Role, props: ProgramProps): Program {
  const env = [
    ...role._use(props.uses ?? []),
    ...Object.entries(props.environment ?? {}).map(([name, value]) => ({ name, value })),
    ...Object.entries(props.secrets ?? {}).flatMap(([secret, keys]) => secretKeys(role, secret, keys)),
  ];
  const twice = env.map(({ name }) => name).find((name, index, all) => all.indexOf(name) !== index);
  if (twice !== undefined) problem(role, 'environment', twice, 'it is given twice; take it out of one of them');
  return { env, ...mountFiles(role, props.files ?? {}) };
}

function secretKeys(role: Role, secret: string, keys: string[]): k8s.EnvVar[] {
  const name = `${role.site.name}-${secret}`;
  role.site._requireSecret({
    name,
    namespaces: [role.namespace],
    keys: Object.fromEntries(keys.map((key) => [key, SecretValue.PASSWORD])),
  });
  return keys.map((key) => secretEnv(key, name, key));
}

function mountFiles(role: Role, files: Record<string, string>): Pick<Program, 'mounts' | 'volumes'> {
  const paths = Object.keys(files);
  if (paths.length === 0) return { mounts: [], volumes: [] };
  for (const path of paths) {
    if (!path.startsWith('/') || path.endsWith('/'))
      problem(role, 'files', path, "write a file's whole path, as '/etc/site.conf'");
  }
  const data = Object.fromEntries(paths.map((path) => [fileKey(path), files[path] as string]));
  const config = hashedConfig(role.chart, 'files', `${role.name}-files`, data, role._metadata(role.name));
  return {
    mounts: paths.map((path) => ({ name: 'files', mountPath: path, subPath: fileKey(path), readOnly: true })),
    volumes: [{ name: 'files', configMap: { name: config.name } }],
  };
}

/** A ConfigMap's keys have no slashes; two files of one name in two folders are told apart by a hash of the path. */
function fileKey(path: string): string {
  const name =
    path
      .split('/')
      .pop()
      ?.replace(/[^A-Za-z0-9._-]/g, '-') ?? '';
  return `${createHash('sha256').update(path).digest('hex').slice(0, 6)}-${name}`;
}
