import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** An object of dist, with what the commands read of it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly data?: Record<string, string>;
  // What a kind's specification holds is for the reader of that kind to know.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly spec?: any;
}

/** Every object that `cdk8s synth` wrote into a folder. */
export function readManifests(folder: string): Manifest[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`there is no folder '${folder}': run 'npx cdk8s synth', or name the folder it wrote`);
  }
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((each) => each.toJS() as Manifest),
    );
}
