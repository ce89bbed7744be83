import { isUtf8 } from 'node:buffer';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checked } from './inputs/checked';
import { shown } from './problems';

/** Texts from the machine that synthesizes, by the paths they are to have: for `files` and `StaticFiles.fromText`. */
@checked
export class Files {
  /**
   * Every file of a folder, and of the folders in it.
   *
   * @param folder Where they are, as seen from where `cdk8s synth` is run.
   * @param at The folder they are to be in: of `a.conf` and `/etc/site` it makes `/etc/site/a.conf`.
   */
  public static ofFolder(folder: string, at: string): Record<string, string> {
    if (folder.includes('\0') || !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(
        `Files.ofFolder: ${shown('folder', folder, `write a folder's path, as seen from ${process.cwd()}`)}`,
      );
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    const files = names.filter((name) => statSync(join(folder, name)).isFile());
    return Object.fromEntries(files.map((name) => [`${at}/${name}`.replace(/^\/+/, '/'), textOf(join(folder, name))]));
  }

  private constructor() {}
}

function textOf(path: string): string {
  const content = readFileSync(path);
  if (!isUtf8(content)) throw new Error(`${path}: it is no text; put it into an image`);
  return content.toString();
}
