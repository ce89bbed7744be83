import { createHash } from 'node:crypto';
import type { IConstruct } from 'constructs';
import { k8s } from './imports';
import type { Role } from './role';
import { hashedConfig } from './config';
import { secretEnv } from './binding';
import { checkLength, problem } from './problems';
import { SecretValue } from './secrets';
import { untilAddressesAreKnown } from './service-address';
import { ExistingSecret, SecretFile } from './secret-file';
import { IConnectable } from './connectable';
import { checkObjectName, checkValue, isMountPath } from './values';

/** A variable of an environment. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
/** The rest of a Secret's name, after that of the site, and a key of one. */
const SECRET = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const KEY = /^(?!\.\.|\.$)[A-Za-z0-9_.-]{1,253}$/;

/** The longest name of a Secret. */
const LONGEST_OBJECT = 253;

/** Inputs of the site's own code. */
export interface ProgramProps {
  readonly uses?: IConnectable[] | undefined;
  readonly environment?: Record<string, string> | undefined;
  readonly files?: Record<string, string> | undefined;
  readonly secrets?: Record<string, string[]> | undefined;
  readonly secretFiles?: Record<string, SecretFile> | undefined;
  readonly existingSecrets?: Record<string, ExistingSecret> | undefined;
}

/** The same for a container. */
export interface Program {
  readonly env: k8s.EnvVar[];
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
}

/** Names and folders that a container has already: its code's properties may not give them a second time. */
export interface Taken {
  /** Variables of its environment. */
  readonly names?: string[];
  /** Folders where something is mounted. */
  readonly folders?: string[];
}

/** Opens the roles that a role's code uses to it, and puts its environment, files and secrets where it finds them. */
export function programOf(role: Role, props: ProgramProps, taken: Taken = {}): Program {
  const { environment = {}, files = {}, secretFiles = {} } = props;
  checkEnvironment(role, 'environment', environment);
  const env = [
    ...role._use(props.uses ?? [], 'uses', true),
    ...Object.entries(environment).map(([name, value]) => ({ name, value })),
    ...Object.entries(props.secrets ?? {}).flatMap(([secret, keys]) => secretKeys(role, secret, keys)),
    ...Object.entries(props.existingSecrets ?? {}).map(([name, from]) => existing(role, name, from)),
  ];
  const names = [...(taken.names ?? []), ...env.map(({ name }) => name)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problem(role, 'environment', twice, 'it is given twice; take it out of one of them');
  const both = Object.keys(secretFiles).find((path) => Object.hasOwn(files, path));
  if (both !== undefined) problem(role, 'secretFiles', both, 'it is given twice; take it out of one of them');
  const below = [
    ...Object.keys(files),
    ...Object.keys(secretFiles),
    ...(taken.folders ?? []).map((each) => `${each}/`),
  ];
  checkPaths(role, 'files', Object.keys(files), below);
  checkPaths(role, 'secretFiles', Object.keys(secretFiles), below);
  const parts = [mountFiles(role, files), mountSecretFiles(role, secretFiles), untilAddressesAreKnown(env)];
  return { env, mounts: parts.flatMap(({ mounts }) => mounts), volumes: parts.flatMap(({ volumes }) => volumes) };
}

/** Kubernetes refuses a pod with a variable of another name. */
export function checkNames(construct: IConstruct, property: string, names: string[]): void {
  for (const name of names.filter((each) => !VARIABLE.test(each)))
    problem(construct, property, name, "write letters, digits and '_', '-', '.', not starting with a digit");
}

/** Variables that a program finds exactly as they are written. */
export function checkEnvironment(construct: IConstruct, property: string, environment: Record<string, string>): void {
  checkNames(construct, property, Object.keys(environment));
  for (const [variable, value] of Object.entries(environment)) checkValue(construct, `${property}.${variable}`, value);
}

function secretKeys(role: Role, secret: string, keys: string[]): k8s.EnvVar[] {
  if (keys.length === 0) problem(role, `secrets.${secret}`, keys, "name its keys, as in ['PASSWORD']");
  checkNames(role, `secrets.${secret}`, keys);
  const name = requiredSecret(role, 'secrets', secret, keys, SecretValue.PASSWORD);
  return keys.map((key) => secretEnv(key, name, key));
}

/** A variable from a Secret that others make. */
function existing(role: Role, name: string, { secret, key }: ExistingSecret): k8s.EnvVar {
  const property = `existingSecrets.${name}`;
  checkNames(role, 'existingSecrets', [name]);
  checkObjectName(role, `${property}.secret`, secret);
  checkKey(role, `${property}.key`, key);
  role.site._requireSecret({ name: secret, namespaces: [role.namespace], keys: { [key]: SecretValue.GIVEN } });
  return secretEnv(name, secret, key);
}

/** The name of the Secret that a file's content is in. */
export function secretOfFile(role: Role, property: string, { secret, key, generate = false }: SecretFile): string {
  checkKey(role, property, key);
  return requiredSecret(role, property, secret, [key], generate ? SecretValue.PASSWORD : SecretValue.GIVEN);
}

/** The name of a Secret that the site needs for these keys. */
function requiredSecret(role: Role, property: string, secret: string, keys: string[], value: SecretValue): string {
  if (!SECRET.test(secret))
    problem(role, property, secret, "write a Secret's name after the site's: lower-case letters, digits, '-' and '.'");
  const name = `${role.site.name}-${secret}`;
  checkLength(role, property, secret, name, LONGEST_OBJECT);
  role.site._requireSecret({
    name,
    namespaces: [role.namespace],
    keys: Object.fromEntries(keys.map((key) => [key, value])),
  });
  return name;
}

type Mounted = Pick<Program, 'mounts' | 'volumes'>;

/** The volume of the code's files. */
const FILES = 'files';

/** The program with these of its files alone: what mounts them is not another where others change. */
export function withFiles(role: Role, program: Program, id: string, files: Record<string, string>): Program {
  const { mounts, volumes } = mountFiles(role, files, id);
  return {
    env: program.env,
    mounts: [...program.mounts.filter(({ name }) => name !== FILES), ...mounts],
    volumes: [...program.volumes.filter(({ name }) => name !== FILES), ...volumes],
  };
}

function mountFiles(role: Role, files: Record<string, string>, id = FILES): Mounted {
  const paths = Object.keys(files);
  if (paths.length === 0) return { mounts: [], volumes: [] };
  const data = Object.fromEntries(paths.map((path) => [fileKey(path), files[path] as string]));
  const names = new Map(paths.map((path) => [fileKey(path), path]));
  const of = { construct: role, property: 'files', names };
  const config = hashedConfig(role.chart, id, `${role.name}-${id}`, data, role._metadata(role.name), of);
  return { mounts: mountsOf(FILES, paths), volumes: [{ name: FILES, configMap: { name: config.name } }] };
}

function mountSecretFiles(role: Role, files: Record<string, SecretFile>): Mounted {
  const paths = Object.keys(files);
  if (paths.length === 0) return { mounts: [], volumes: [] };
  const sources = Object.entries(files).map(([path, file]) => ({
    secret: { name: secretOfFile(role, 'secretFiles', file), items: [{ key: file.key, path: fileKey(path) }] },
  }));
  return { mounts: mountsOf('secret-files', paths), volumes: [{ name: 'secret-files', projected: { sources } }] };
}

/** A key of a Secret, which is the name of a file, too. */
export function checkKey(construct: IConstruct, property: string, key: string): void {
  if (!KEY.test(key)) problem(construct, property, key, "write a Secret's key: letters, digits, '-', '_' and '.'");
}

/** A path that another leads through, of the files or the folders (`/tmp/`) of the container, would have to be a folder. */
function checkPaths(role: Role, property: string, paths: string[], others: string[]): void {
  for (const path of paths) {
    const deeper = others.find((each) => each.startsWith(`${path}/`));
    if (!isMountPath(path) || path.endsWith('/'))
      problem(role, property, path, "write a file's whole path, as '/etc/site.conf'");
    else if (deeper !== undefined)
      problem(role, property, path, `it is a folder, as there is '${deeper}'; write another path`);
  }
}

/** Each file is mounted by itself, so that the image's other files in its folder stay. */
function mountsOf(volume: string, paths: string[]): k8s.VolumeMount[] {
  return paths.map((path) => ({ name: volume, mountPath: path, subPath: fileKey(path), readOnly: true }));
}

/** A key has 253 characters at most, with the hash before it. */
const LONGEST_KEY = 246;

/**
 * The keys of a ConfigMap, and the names in a volume, have no slashes. Two files of one name in two folders are told apart by a hash of the
 * path.
 */
function fileKey(path: string): string {
  const name =
    path
      .split('/')
      .pop()
      ?.replace(/[^A-Za-z0-9._-]/g, '-')
      .slice(-LONGEST_KEY) ?? '';
  return `${createHash('sha256').update(path).digest('hex').slice(0, 6)}-${name}`;
}
