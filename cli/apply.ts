import { execFile } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where `cdk8s synth` writes. */
export const DIST = 'dist';

/**
 * The folder with the manifests of a site: that of `cdk8s synth` where none is named, a folder that is named as it is, and of a
 * program that is named, what it synthesizes.
 */
export async function synthesized(site: string | undefined): Promise<string> {
  if (site === undefined) {
    await output('npx', ['cdk8s', 'synth', '--check-upgrade=false']);
    return DIST;
  }
  const found = statSync(site, { throwIfNoEntry: false });
  if (!found) throw new Error(`there is no '${site}': name a folder of manifests or a program that synthesizes a site`);
  if (found.isDirectory()) return site;
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  await output('npx', ['tsx', site], { CDK8S_OUTDIR: folder });
  return folder;
}

/** Applies every manifest of a folder, and says what became of the objects. */
export async function applyFolder(folder: string): Promise<string> {
  const lines = (await output('kubectl', ['apply', '-f', folder])).trim().split('\n');
  const counts = new Map<string, number>();
  for (const line of lines) {
    const what = line.slice(line.lastIndexOf(' ') + 1);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return `${lines.length} objects: ${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')}`;
}

async function output(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  try {
    return (await run(program, args, { env: { ...process.env, ...env }, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed: ${stderr?.trim() || message}`, { cause: error });
  }
}
