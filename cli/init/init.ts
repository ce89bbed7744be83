import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { PACKAGE, filesOf, json } from './templates';

type Package = Partial<Record<string, Readonly<Record<string, string>> | string | boolean>>;

/** The files of a new project, by path. */
export interface Project {
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Plans a project in a folder.
 *
 * @throws where a file of it is there already: nothing is overwritten, but for what package.json lacks.
 */
export function planProject(folder: string, domain: string): Project {
  const name = siteName(folder);
  const files = filesOf(name, domain);
  const taken = Object.keys(files).filter((file) => file !== '.gitignore' && existsSync(join(folder, file)));
  if (taken.length > 0) throw new Error(`${folder} has ${taken.join(', ')} already: name another folder`);
  const wanted = Object.entries(files).filter(([file]) => !existsSync(join(folder, file)));
  return { folder, files: { ...Object.fromEntries(wanted), 'package.json': packageOf(folder, name) } };
}

export function makeProject({ folder, files }: Project): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
}

/** A site's name begins the names of its slices: letters, digits and hyphens. */
function siteName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 20)
    .replace(/-+$/, '');
  return name === '' || name.startsWith('kube-') ? 'site' : name;
}

/** What is there wins: a package may be installed from a file. */
function packageOf(folder: string, name: string): string {
  const path = join(folder, 'package.json');
  const found: Package = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as Package)
    : { name, version: '0.1.0', private: true };
  const part = (key: 'scripts' | 'dependencies' | 'devDependencies') => (found[key] ?? {}) as Record<string, string>;
  const [dependencies, devDependencies] = [part('dependencies'), part('devDependencies')];
  const lacking = (wanted: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(wanted).filter(
        ([each]) => dependencies[each] === undefined && devDependencies[each] === undefined,
      ),
    );
  // `npm init` writes a test that fails.
  const { test, ...scripts } = part('scripts');
  const ownTest = test === undefined || test.includes('no test specified') ? {} : { test };
  return json({
    ...found,
    scripts: { ...PACKAGE.scripts, ...scripts, ...ownTest },
    dependencies: { ...dependencies, ...lacking(PACKAGE.dependencies) },
    devDependencies: { ...devDependencies, ...lacking(PACKAGE.devDependencies) },
  });
}
