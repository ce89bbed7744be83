import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { MANAGED, MANAGED_BY } from '../contract/labels';

/** An object of dist, with what the commands read of it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly data?: Record<string, string>;
  // What a kind's specification holds is for the reader of that kind to know.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly spec?: any;
}

/** Where `cdk8s synth` writes: `output` of cdk8s.yaml, or `dist`. */
export function defaultFolder(): string {
  if (!existsSync('cdk8s.yaml')) return 'dist';
  const { output } = (parse(readFileSync('cdk8s.yaml', 'utf8')) ?? {}) as { output?: string };
  return output ?? 'dist';
}

/**
 * Every object that `cdk8s synth` wrote into a folder, and into folders in it.
 *
 * @throws where a file cannot be read, and where there is no object of this library.
 */
export function readManifests(folder: string): Manifest[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`there is no folder '${folder}': run 'npx cdk8s synth', or name the folder it wrote`);
  if (existsSync(join(folder, 'Chart.yaml')))
    throw new Error(`'${folder}' is a Helm chart: name the folder of its manifests, '${join(folder, 'templates')}'`);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ya?ml$/.test(file));
  const found = files.sort().flatMap((file) => objectsOf(join(folder, file)));
  if (found.length === 0)
    throw new Error(`'${folder}' has no manifests (*.yaml, *.yml): run 'npx cdk8s synth', or name the folder it wrote`);
  if (!found.some(({ metadata }) => metadata.labels?.[MANAGED] === MANAGED_BY))
    throw new Error(`'${folder}' has ${found.length} objects, none of them of cdk8s-slices: name the folder of a site`);
  return found;
}

function objectsOf(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`'${file}' is broken: ${error.message.split('\n')[0]}`);
    const object = document.toJS() as Manifest | null;
    if (object === null) return [];
    if (typeof object.kind !== 'string' || typeof object.metadata?.name !== 'string')
      throw new Error(`'${file}' has something that is no Kubernetes object, as it has no kind and metadata.name`);
    return [object];
  });
}

/** The namespaces that a site's objects are in. */
export function namespacesOf(manifests: readonly Manifest[]): string[] {
  const names = manifests.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace));
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}
