import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FOLDERS } from '../constructs/balancer/balancer-input';
import { DOCUMENT_ROOT, REFILL_MARK, TRACKER_SETTINGS } from '../contract/mogilefs';
import { TEXTS } from '../agent/bundle';
import { testWith } from './tools';

/** Programs that no compiler reads: those that the library carries, and those of its images. */

const ROOT = resolve(__dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const FILES = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'agent', 'images', '.ci', '*.sh'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && !/\.(ts|md|json|snapshot|cf|sql)$|Containerfile$/.test(file));
const SHELL = FILES.filter((file) => /^#(!.*\b(ba|da)?sh\b| shellcheck shell=)/.test(read(file)));
const PERL = FILES.filter((file) => /^#!.*\bperl\b/.test(read(file)) || /\.p[lm]$/.test(file));

test('every program of a folder that the library carries is one of these', () => {
  const carried = TEXTS.flatMap(({ folder }) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`));
  expect(carried.length).toBeGreaterThan(15);
  expect(carried.filter((file) => !SHELL.includes(file) && !PERL.includes(file))).toEqual([]);
});

testWith('shellcheck').each(SHELL)('shellcheck has nothing to say of %s', (file) => {
  const { stdout } = spawnSync('shellcheck', ['--external-sources', file], { cwd: ROOT, encoding: 'utf8' });
  expect(stdout).toBe('');
});

/** Modules that are in the image alone, and no tool of the tests: they are empty here. */
const OF_IMAGES = ['MogileFS::Admin', 'MogileFS::Client'];

testWith('perlbal', 'theschwartz').each(PERL)('perl compiles %s, without a warning', (file) => {
  const folder = mkdtempSync(join(tmpdir(), 'modules-'));
  for (const each of OF_IMAGES) {
    const [parent = '', name = ''] = each.split('::');
    mkdirSync(join(folder, parent), { recursive: true });
    writeFileSync(join(folder, parent, `${name}.pm`), `package ${each}; sub new { bless {} } 1;\n`);
  }
  const include = [folder, join(ROOT, 'images/theschwartz/lib')].map((each) => `-I${each}`);
  const { stderr } = spawnSync('perl', ['-wc', ...include, file], { cwd: ROOT, encoding: 'utf8' });
  const own = stderr.split('\n').filter((line) => line.includes(file));
  expect(own).toEqual([`${file} syntax OK`]);
});

test('no program for a shell stands in the library’s own language', () => {
  const sources = readdirSync(join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' });
  const own = sources.filter((file) => file.endsWith('.ts') && !file.endsWith('-bundle.ts'));
  expect(own.length).toBeGreaterThan(150);
  const lines = own.flatMap((file) =>
    read(join('constructs', file))
      .split('\n')
      .map((line) => `${file}: ${line}`),
  );
  expect(lines.filter((line) => /: (set -eu?|trap '.*|umask \d+|.*; do)$/.test(line))).toEqual([]);
});

test('the folders of the programs are those of the constructs', () => {
  expect(read('agent/scripts/blobs/storage.sh')).toContain(`: "\${DOCUMENT_ROOT:=${DOCUMENT_ROOT}}"`);
  expect(read('agent/scripts/blobs/storage.sh')).toContain(
    `refill=${REFILL_MARK.replace(DOCUMENT_ROOT, '$DOCUMENT_ROOT')}\n`,
  );
  expect(read('agent/scripts/blobs/tracker.sh')).toContain(`: "\${TRACKER_SETTINGS:=${TRACKER_SETTINGS}}"`);
  expect(read('agent/scripts/balancer/copy.sh')).toContain(`: "\${STATICS:=${FOLDERS.statics}}"`);
  for (const engine of ['nginx', 'haproxy'])
    expect(read(`agent/scripts/balancer/${engine}.sh`)).toContain(`"\${CONFIGURATION:=${FOLDERS.configuration}}"`);
});

test('a copy has the paths that are asked for and no others, and a missing one ends it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'copy-'));
  for (const each of ['from/img/small', 'to']) mkdirSync(join(folder, each), { recursive: true });
  for (const each of ['from/img/small/a.png', 'from/robots.txt', 'from/config.php'])
    writeFileSync(join(folder, each), each);
  const copy = (...paths: string[]) =>
    spawnSync('sh', ['-c', read('agent/scripts/balancer/copy.sh'), 'copy', join(folder, 'from'), ...paths], {
      env: { ...process.env, STATICS: join(folder, 'to') },
    }).status;
  expect(copy('/img/', '/robots.txt')).toBe(0);
  const copied = readdirSync(join(folder, 'to'), { recursive: true, encoding: 'utf8' }).sort();
  expect(copied).toEqual(['img', 'img/small', 'img/small/a.png', 'robots.txt']);
  expect(copy('/nope/')).not.toBe(0);
});
