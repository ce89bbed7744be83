import { Duration } from 'cdk8s';
import { k8s } from '../core/imports';
import type { Role } from '../core/role';
import type { StaticFiles } from '../core/static-files';
import { BALANCER_SCRIPTS } from './scripts-bundle';
import { FOLDERS, StaticPath } from './balancer-input';
import { hashedConfig } from '../core/config';
import { container } from '../core/container';
import { checkImage, problem, wholeSeconds } from '../core/problems';
import { checkFolder } from '../core/values';

/** Parts that come before an engine's containers, so that these find the files. */
export interface StaticParts {
  readonly init: k8s.Container[];
  readonly volumes: k8s.Volume[];
}

/** A path that stands for itself in the configuration of either engine, and leads to nothing above the folder. */
const PATH = /^(\/(?!\.\.?(\/|$))[A-Za-z0-9._~@+,-]+)+\/?$/;

/** RAM in which files are copied when a slice starts, in MiB: before the engine runs, so it is not taken from it. */
const COPY_MEBIBYTES = 64;

/**
 * Each source is copied to a folder that the engine serves. An image's files are copied when the slice starts, a ConfigMap's by the
 * engine's own image.
 */
export function staticParts(role: Role, sources: StaticFiles[], engineImage: string): StaticParts {
  checkPaths(role, sources);
  const mounts = [{ name: 'statics', mountPath: FOLDERS.statics }];
  const init = sources.flatMap((source, index) => {
    if (!source._copy) return [];
    const { image, folder } = source._copy;
    checkImage(role, 'staticFiles', image);
    checkFolder(role, 'staticFiles', folder);
    const command = ['/bin/sh', '-c', BALANCER_SCRIPTS['copy.sh'] as string, 'copy', folder, ...source.paths];
    return [container({ name: `static-${index + 1}`, image, mebibytes: COPY_MEBIBYTES, command, user: 10001, mounts })];
  });
  const volumes = [{ name: 'statics', emptyDir: {} }];
  const texts = Object.entries<string>(Object.assign({}, ...sources.map(({ _files }) => _files ?? {})));
  if (texts.length === 0) return { init, volumes };
  const copied = withTexts(role, texts, engineImage);
  return { init: [...init, ...copied.init], volumes: [...volumes, ...copied.volumes] };
}

/** Paths of the sources, with the time that browsers keep their files. */
export function staticPaths(role: Role, sources: StaticFiles[]): StaticPath[] {
  return sources.flatMap(({ paths, _maxAge = Duration.hours(1) }) => {
    const maxAge = wholeSeconds(role, 'staticFiles.maxAge', _maxAge);
    return paths.map((path) => ({ path, maxAge }));
  });
}

function checkPaths(role: Role, sources: StaticFiles[]): void {
  for (const { paths } of sources.filter((each) => each.paths.length === 0))
    problem(role, 'staticFiles', paths, "it serves nothing; name one or more, as in ['/static/']");
  const all = sources.flatMap(({ paths }) => paths);
  const given = sources.flatMap(({ paths, _copy }) => paths.map((path) => [path, _copy !== undefined] as const));
  for (const [path, ofImage] of new Map(given)) checkPath(role, path, ofImage, all);
}

/** Only a path itself tells whether it leads to a folder of an image, or to a file. */
function checkPath(role: Role, path: string, ofImage: boolean, all: string[]): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const within = name === '' ? undefined : all.find((each) => each.startsWith(`${path}/`));
  if (!PATH.test(path)) {
    problem(role, 'staticFiles', path, "write a path of letters, digits and '._~@+,-', such as '/robots.txt'");
  } else if (ofImage && name !== '' && !/.\../.test(name)) {
    const instead = `write '${path}/', if it is a folder; a file without an extension is given by StaticFiles.fromText()`;
    problem(role, 'staticFiles', path, instead);
  } else if (!ofImage && name === '') {
    problem(role, 'staticFiles', path, "write a file's path, such as '/robots.txt'");
  } else if (all.indexOf(path) !== all.lastIndexOf(path)) {
    problem(role, 'staticFiles', path, 'two sources give it; leave it out of one of them');
  } else if (within !== undefined) {
    problem(role, 'staticFiles', path, `a file cannot be a folder, which '${within}' needs; leave one of them out`);
  }
}

/** A key of a ConfigMap may not have all that a path may, so they are numbered. */
function withTexts(role: Role, texts: [string, string][], image: string): StaticParts {
  const data = Object.fromEntries(texts.map(([, text], index) => [`${index}`, text]));
  const of = { construct: role, property: 'staticFiles' };
  const config = hashedConfig(role.chart, 'texts', `${role.name}-static`, data, role._metadata(role.name), of);
  const items = texts.map(([path], index) => ({ key: `${index}`, path: path.slice(1) }));
  const copy = container({
    name: 'static-texts',
    image,
    mebibytes: COPY_MEBIBYTES,
    command: ['cp', '-RL', '/texts/.', `${FOLDERS.statics}/`],
    user: 10001,
    mounts: [
      { name: 'statics', mountPath: FOLDERS.statics },
      { name: 'texts', mountPath: '/texts', readOnly: true },
    ],
  });
  return { init: [copy], volumes: [{ name: 'texts', configMap: { name: config.name, items } }] };
}
