import { createHash } from 'node:crypto';
import { k8s } from 'cdk8s-plus-34';
import type { Role } from '../role';
import { hashedConfig } from './config';
import { secretEnv } from './offer';
import { problem } from './problems';
import { SecretValue } from './secrets';
import { SecretFile } from '../secret-file';
import { IUsable } from '../usable';

/** What the site's own code is given. */
export interface ProgramProps {
  readonly uses?: IUsable[] | undefined;
  readonly environment?: Record<string, string> | undefined;
  readonly files?: Record<string, string> | undefined;
  readonly secrets?: Record<string, string[]> | undefined;
  readonly secretFiles?: Record<string, SecretFile> | undefined;
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
  const { files = {}, secretFiles = {} } = props;
  const both = Object.keys(secretFiles).find((path) => path in files);
  if (both !== undefined) problem(role, 'secretFiles', both, 'it is given twice; take it out of one of them');
  const parts = [mountFiles(role, files), mountSecretFiles(role, secretFiles)];
  return { env, mounts: parts.flatMap(({ mounts }) => mounts), volumes: parts.flatMap(({ volumes }) => volumes) };
}

function secretKeys(role: Role, secret: string, keys: string[]): k8s.EnvVar[] {
  const name = required(role, secret, keys);
  return keys.map((key) => secretEnv(key, name, key));
}

/** The name of a Secret that the site needs for these keys. */
function required(role: Role, secret: string, keys: string[]): string {
  const name = `${role.site.name}-${secret}`;
  role.site._requireSecret({
    name,
    namespaces: [role.namespace],
    keys: Object.fromEntries(keys.map((key) => [key, SecretValue.PASSWORD])),
  });
  return name;
}

type Mounted = Pick<Program, 'mounts' | 'volumes'>;

function mountFiles(role: Role, files: Record<string, string>): Mounted {
  const paths = Object.keys(files);
  if (paths.length === 0) return { mounts: [], volumes: [] };
  checkPaths(role, 'files', paths);
  const data = Object.fromEntries(paths.map((path) => [fileKey(path), files[path] as string]));
  const config = hashedConfig(role.chart, 'files', `${role.name}-files`, data, role._metadata(role.name));
  return { mounts: mountsOf('files', paths), volumes: [{ name: 'files', configMap: { name: config.name } }] };
}

function mountSecretFiles(role: Role, files: Record<string, SecretFile>): Mounted {
  const paths = Object.keys(files);
  if (paths.length === 0) return { mounts: [], volumes: [] };
  checkPaths(role, 'secretFiles', paths);
  const sources = Object.entries(files).map(([path, { secret, key }]) => ({
    secret: { name: required(role, secret, [key]), items: [{ key, path: fileKey(path) }] },
  }));
  return { mounts: mountsOf('secret-files', paths), volumes: [{ name: 'secret-files', projected: { sources } }] };
}

function checkPaths(role: Role, property: string, paths: string[]): void {
  for (const path of paths.filter((each) => !each.startsWith('/') || each.endsWith('/')))
    problem(role, property, path, "write a file's whole path, as '/etc/site.conf'");
}

/** Each file by itself, so that what else the image has in its folder stays. */
function mountsOf(volume: string, paths: string[]): k8s.VolumeMount[] {
  return paths.map((path) => ({ name: volume, mountPath: path, subPath: fileKey(path), readOnly: true }));
}

/** The keys of a ConfigMap, and the names in a volume, have no slashes; two files of one name in two folders are told apart by a hash of the path. */
function fileKey(path: string): string {
  const name =
    path
      .split('/')
      .pop()
      ?.replace(/[^A-Za-z0-9._-]/g, '-') ?? '';
  return `${createHash('sha256').update(path).digest('hex').slice(0, 6)}-${name}`;
}
