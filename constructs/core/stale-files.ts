import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'cdk8s';
import { MANAGED, MANAGED_BY, PART_OF } from './labels';
import type { Site } from './site';

/**
 * Writes an app, and removes the files of its sites that an earlier synthesis wrote and this one did not. They would be applied again with all
 * others, and Flux refuses an object that two files have.
 *
 * A file with an object of another app, or of another site, stays.
 */
export function removingStale(app: App, sites: readonly Site[], write: () => void): void {
  const before = filesOf(app).map((path) => ({ path, writtenAt: writtenAt(path) }));
  write();
  const names = sites.map(({ name }) => name);
  for (const { path, writtenAt: then } of before)
    if (writtenAt(path) === then && isOnlyOf(names, readFileSync(path, 'utf8'))) rmSync(path);
}

function filesOf({ outdir, outputFileExtension }: App): string[] {
  if (!existsSync(outdir)) return [];
  const files = readdirSync(outdir).filter((file) => file.endsWith(outputFileExtension));
  return files.map((file) => join(outdir, file)).filter((path) => statSync(path).isFile());
}

function writtenAt(path: string): bigint {
  return statSync(path, { bigint: true }).mtimeNs;
}

/** Whether each object of a file has the labels of one of these sites, as cdk8s writes them. */
function isOnlyOf(sites: readonly string[], text: string): boolean {
  const objects = text.split(/^---$/m).filter((each) => each.trim() !== '');
  if (objects.length === 0) return false;
  return objects.every((object) => {
    const [, labels = ''] = /^ {2}labels:\n((?: {4}.*\n)+)/m.exec(object) ?? [];
    const valueOf = (key: string) =>
      labels
        .split('\n')
        .find((line) => line.trim().startsWith(`${key}: `))
        ?.split(': ')[1]
        ?.replaceAll(/["']/g, '');
    return valueOf(MANAGED) === MANAGED_BY && sites.includes(valueOf(PART_OF) ?? '');
  });
}
