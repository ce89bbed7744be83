import { readFileSync } from 'node:fs';
import { parseTexts } from '../../contract/texts';
import { checked } from './inputs/checked';
import { visible } from './text';

/**
 * The images of a site's own programs, from a file of the project: `{ "web": "ghcr.io/example/forum:1.4" }`.
 *
 * `cdk8s-slices release web=IMAGE` writes the file, so that Git has every release. Synthesis reads the file alone, never a registry.
 */
@checked
export class Images {
  /**
   * The images in a file.
   *
   * @param path A JSON file, as seen from where `cdk8s synth` is run: `images.json`.
   */
  public static fromFile(path: string): Images {
    return new Images(path);
  }

  /**
   * Digests for `images.digests` of a `Site`, from the file that `cdk8s-slices pin` writes. An image without an entry stays as it is:
   * `cdk8s-slices pin --check` finds it.
   *
   * @param path A JSON file, as seen from where `cdk8s synth` is run: `images.lock.json`.
   */
  public static digestsFromFile(path: string): Record<string, string> {
    return textsIn(path);
  }

  private constructor(private readonly path: string) {}

  /**
   * The image of that name. A name without an entry is an error: nothing else can say what is to run.
   *
   * @param name A name in the file, such as `web`.
   */
  public of(name: string): string {
    const images = textsIn(this.path);
    const image = Object.hasOwn(images, name) ? images[name] : undefined;
    if (image !== undefined) return image;
    const names = Object.keys(images).join(', ') || 'none';
    throw new Error(
      `${this.path}: it has no image '${visible(name)}', but ${names}; write one of these, or add it to the file`,
    );
  }
}

function textsIn(path: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new Error(`${visible(path)}: there is no such file in ${process.cwd()}; make it, with {} in it`);
  }
  const found = parseTexts(text);
  if (!found) throw new Error(`${visible(path)}: it is no JSON object of texts; write { "web": "nginx:1.30" }`);
  return found;
}
