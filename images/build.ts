/**
 * Builds images and puts them where the cluster finds them: `npm run images`, with `--help` for its options.
 *
 * Each is tagged twice, with the name that the site's objects carry and with that name and a hash of its content, so
 * that a second run builds and loads only what changed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Image, readImages } from './image';
import { builder, imagesOnEveryNode, loaderFor, run, tryOutput } from './tools';

const HELP = `npm run images -- [NAME...] [options]
  NAME             only these (default: all)
  --load COMMAND   load by this command, to which image names are appended (or by $IMAGES_LOAD)
  --push REGISTRY  push to this registry instead of loading
  --build-only     neither load nor push
Without --load and --push, the cluster that KUBECONFIG names is found out: kind, k3d or minikube.`;

/** Where an image goes once it is built. */
export type Destination = (image: Image) => unknown;

/** Builds those that have changed, hands each to its destination, and returns what failed. */
export function buildAll(images: Image[], program: string, destination: Destination): string[] {
  return images.flatMap((image) => {
    try {
      build(image, program);
      destination(image);
      return [];
    } catch (error) {
      return [`${image.reference}: ${(error as Error).message}`];
    }
  });
}

function build({ reference, contentReference, recipe, context }: Image, program: string): void {
  if (tryOutput(program, ['image', 'inspect', contentReference]) !== undefined) {
    run(program, ['tag', contentReference, reference]);
    return;
  }
  console.log(`building ${contentReference}`);
  // Docker's own format, since the other has no health check.
  const format = program === 'podman' ? ['--format', 'docker'] : [];
  const tags = ['-t', contentReference, '-t', reference];
  run(program, ['build', '--quiet', '--network', 'host', ...format, ...tags, '-f', recipe, context]);
}

/** Loads an image under both its names, unless every node has its content already. */
export function loading(command: string): Destination {
  const loaded = imagesOnEveryNode();
  return ({ reference, contentReference }) => {
    if (loaded.has(contentReference)) return;
    console.log(`loading ${contentReference}`);
    run('sh', ['-c', `${command} ${contentReference} ${reference}`]);
  };
}

function pushing(registry: string, program: string): Destination {
  return ({ reference, contentReference }) => {
    for (const name of [reference, contentReference]) {
      const target = `${registry}/${name.slice(name.lastIndexOf('/') + 1)}`;
      run(program, ['tag', name, target]);
      run(program, ['push', target]);
    }
  };
}

function recipes(): string[] {
  const root = resolve(__dirname, '..');
  const inFolders = (folder: string, file: string): string[] =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name, file));
  const files = [
    ...inFolders('images', 'Containerfile'),
    ...inFolders('examples', 'app/Containerfile'),
    ...inFolders('examples', 'app-mogilefs/Containerfile'),
  ];
  return files.filter((file) => existsSync(file)).sort();
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      load: { type: 'string' },
      push: { type: 'string' },
      'build-only': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const images = readImages(recipes());
  const unknown = positionals.filter((name) => !images.some((image) => image.name === name));
  if (unknown.length > 0) {
    throw new Error(`no recipe for ${unknown.join(', ')}; there are ${images.map(({ name }) => name).join(', ')}`);
  }
  const program = builder();
  const load = (): Destination =>
    loading(
      values.load ??
        process.env['IMAGES_LOAD'] ??
        loaderFor(tryOutput('kubectl', ['config', 'current-context']) ?? '', program),
    );
  const destination = values['build-only'] ? () => {} : values.push ? pushing(values.push, program) : load();
  const wanted = positionals.length > 0 ? images.filter(({ name }) => positionals.includes(name)) : images;
  const bases = images.filter(({ reference }) => wanted.some((image) => image.bases.includes(reference)));
  const failures = buildAll(
    [...new Set([...bases, ...wanted])],
    program,
    (image) => wanted.includes(image) && destination(image),
  );
  for (const failure of failures) console.error(failure);
  console.log(`${wanted.length - failures.length} images are in place, ${failures.length} failed`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

if (require.main === module) {
  try {
    main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}
