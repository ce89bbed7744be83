import { inherit, output } from '../programs';

/** The commands by which a release of a site that follows Git is committed. */
export function commitCommands(files: readonly string[], message: string): string[] {
  const names = files.map((file) => (/^[\w./-]+$/.test(file) ? file : quoted(file))).join(' ');
  return [`git add ${names}`, `git commit -m ${quoted(message)} -- ${names}`, 'git push'];
}

/** As a shell reads it, whatever it has in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Commits these files, and nothing else that may be staged. */
export async function commit(files: readonly string[], message: string): Promise<void> {
  const git = { file: 'git', args: [] };
  await output(git, ['add', ...files]);
  const code = await inherit(git, ['commit', '--quiet', '--message', message, '--', ...files]);
  if (code !== 0) throw new Error(`git commit ended with exit code ${code}`);
}
