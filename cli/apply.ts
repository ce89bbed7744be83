import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultFolder } from './manifests';
import { Program, interpreterOf, output, programOf } from './programs';

/**
 * The folder with the manifests of a site: that of `cdk8s synth` where none is named, a folder that is named as it is, and of a
 * program that is named, what it synthesizes.
 *
 * @param into The folder that a named program is to write to.
 */
export async function synthesized(
  site: string | undefined,
  into = () => mkdtempSync(join(tmpdir(), 'dist-')),
): Promise<string> {
  if (site === undefined) {
    if (!existsSync('cdk8s.yaml'))
      throw new Error('there is no cdk8s.yaml here: name a folder of manifests or a program that synthesizes a site');
    await output(programOf('cdk8s-cli', 'cdk8s'), ['synth', '--check-upgrade=false']);
    return defaultFolder();
  }
  const found = statSync(site, { throwIfNoEntry: false });
  if (!found) throw new Error(`there is no '${site}': name a folder of manifests or a program that synthesizes a site`);
  if (found.isDirectory()) return site;
  const interpreter = interpreterOf(site);
  const folder = into();
  await output(interpreter, [site], { CDK8S_OUTDIR: folder });
  return folder;
}

/** kubectl, on the cluster that these options of it name. */
export function kubectl(options: readonly string[]): Program {
  return { file: 'kubectl', args: options };
}

/** Applies every manifest of a folder, and says what became of the objects. */
export async function applyFolder(folder: string, options: readonly string[] = [], dryRun = false): Promise<string> {
  const args = ['apply', ...(dryRun ? ['--dry-run=server'] : []), '--recursive', '-f', folder];
  const lines = (await output(kubectl(options), args)).trim().split('\n');
  const counts = new Map<string, number>();
  for (const line of lines) {
    const what = / (\w+)(?: \(server dry run\))?$/.exec(line)?.[1] ?? 'applied';
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return `${lines.length} objects: ${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')}`;
}

/** Applies objects as `kubectl apply` does, so that a later one finds what was applied last. */
export async function applyObjects(options: readonly string[], objects: readonly object[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'objects-'));
  try {
    objects.forEach((each, index) =>
      writeFileSync(join(folder, `${String(index).padStart(4, '0')}.json`), JSON.stringify(each)),
    );
    await output(kubectl(options), ['apply', '-f', folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
