import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { testWith } from './tools';

const ROOT = resolve(__dirname, '..');
/** Words of programs that are not misspelt: names of jest and of this code. */
const RIGHT = ['afterall', 'allready', 'boundin', 'crate', 'inflight', 'statics', 'te', 'xdescribe'];
const OTHERS = ['imports', 'dist', 'package-lock.json', 'images/mogilefs/cpan.snapshot'].map(
  (each) => `:(exclude)${each}`,
);

/** In two parts, as this file is one of those that are read. */
const WRONG = ['recie', 'ved'].join('');

const check = (...args: string[]) =>
  spawnSync('codespell', ['--ignore-words-list', RIGHT.join(','), ...args], { cwd: ROOT, encoding: 'utf8' });

testWith('codespell')('no word of the pages, the sources and their names is misspelt', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '.', ...OTHERS], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();
  const { stdout, stderr } = check('--check-filenames', ...files.split('\n'));
  expect(`${stdout}${stderr}`).toBe('');
});

testWith('codespell')('a misspelt word is found', () => {
  const { stdout } = spawnSync('codespell', ['-'], { input: `${WRONG}\n`, encoding: 'utf8' });
  expect(stdout).toContain(`${WRONG} ==> received`);
});
