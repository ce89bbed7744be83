import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** An image that has a recipe: a Containerfile whose first line is `# REPOSITORY:TAG`. */
export interface Image {
  /** What it is asked for by on the command line: its folder's name, or its recipe's. */
  readonly name: string;
  /** The name that the site's objects carry: `ghcr.io/cdk8s-slices/perlbal:1.80`. */
  readonly reference: string;
  /** The same with a hash of all that goes into it, so that a change of the recipe is another image. */
  readonly contentReference: string;
  readonly recipe: string;
  /** The folder that the recipe copies from. */
  readonly context: string;
  /** The names of the images that it is built on, of those that have a recipe too; theirs as well. */
  readonly bases: string[];
}

/**
 * Reads the recipes, and puts those that others build on first.
 *
 * A recipe called Containerfile has its folder to itself, so the whole folder is its content; one called
 * NAME.Containerfile stands alone.
 *
 * @throws where the first line names no image, or recipes build on each other in a circle.
 */
export function readImages(recipes: string[]): Image[] {
  const named = new Map(recipes.map((recipe) => [referenceOf(recipe), recipe]));
  const images: Image[] = [];
  const read = (reference: string, above: string[]): Image => {
    const known = images.find((image) => image.reference === reference);
    if (known) return known;
    if (above.includes(reference)) throw new Error(`${above.join(' is built on ')} is built on ${reference}`);
    const recipe = named.get(reference)!;
    const bases = basesOf(recipe).filter((base) => named.has(base));
    const image = describe(
      recipe,
      reference,
      bases.map((base) => read(base, [...above, reference])),
    );
    images.push(image);
    return image;
  };
  for (const reference of named.keys()) read(reference, []);
  return images;
}

function describe(recipe: string, reference: string, bases: Image[]): Image {
  const alone = basename(recipe) !== 'Containerfile';
  const context = dirname(recipe);
  const files = alone
    ? [recipe]
    : readdirSync(context, { recursive: true, encoding: 'utf8' }).map((file) => join(context, file));
  const hash = createHash('sha256').update(bases.map((base) => base.contentReference).join('\n'));
  for (const file of files.filter((path) => statSync(path).isFile()).sort()) {
    hash.update(`\0${relative(context, file)}\0${statSync(file).mode & 0o111}\0`).update(readFileSync(file));
  }
  const name = alone ? basename(recipe, '.Containerfile') : imageNameOf(reference);
  return {
    name,
    reference,
    contentReference: `${reference}-${hash.digest('hex').slice(0, 12)}`,
    recipe,
    context,
    bases: bases.flatMap((base) => [base.reference, ...base.bases]),
  };
}

function imageNameOf(reference: string): string {
  return basename(reference).replace(/:.*/, '');
}

function referenceOf(recipe: string): string {
  const first = readFileSync(recipe, 'utf8').split('\n', 1)[0] ?? '';
  const reference = /^# ([a-z0-9./_-]+:[\w.-]+)$/.exec(first)?.[1];
  if (!reference) throw new Error(`${recipe}: its first line is '# REPOSITORY:TAG', not '${first}'`);
  return reference;
}

function basesOf(recipe: string): string[] {
  return [...readFileSync(recipe, 'utf8').matchAll(/^(?:FROM |COPY --from=)(\S+)/gm)].map((match) => match[1]!);
}
