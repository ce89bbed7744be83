/**
 * Builds and loads images that stand in for public ones where no registry can be reached: the same names and programs,
 * from Debian's packages. `npm run standins -- [NAME...] [--load COMMAND] [--build-only] [--compile]`.
 *
 * Garage has no package: its program is compiled only with `--compile`, which takes half an hour of one core; without its
 * image the tests that need it are skipped.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll, loading } from '../../images/build';
import { Image, readImages } from '../../images/image';
import { builder, run } from '../../images/tools';

const GARAGE = join(__dirname, '.garage');

function compileGarage(): void {
  const features = ['--no-default-features', '--features', 'bundled-libs,metrics,lmdb'];
  const crate = ['garage', '--version', '2.5.0', '--locked'];
  run('nice', ['-n', '19', 'cargo', 'install', ...crate, ...features, '--root', GARAGE]);
}

function canBuild({ name }: Image): boolean {
  if (name !== 'garage' || existsSync(join(GARAGE, 'bin/garage'))) return true;
  console.log('garage is skipped: its program is not compiled yet (--compile)');
  return false;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { load: { type: 'string' }, 'build-only': { type: 'boolean' }, compile: { type: 'boolean' } },
});
const recipes = readdirSync(__dirname).filter((file) => file.endsWith('.Containerfile'));
const images = readImages(recipes.map((file) => join(__dirname, file)));
const wanted = images.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const load = values.load ?? process.env['IMAGES_LOAD'];
if (!load && !values['build-only']) throw new Error('--load COMMAND or --build-only');
if (values.compile && wanted.some(({ name }) => name === 'garage') && !existsSync(GARAGE)) compileGarage();
const failures = buildAll(wanted.filter(canBuild), builder(), load ? loading(load) : () => undefined);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;
