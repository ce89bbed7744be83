import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { isLine } from '../constructs/core/text';
import { optionGroup } from '../constructs/mysql/option-file';
import { readOptionFile } from './option-file';
import { testWith } from './tools';

const PIECES = [
  '#',
  ';',
  '\\',
  '"',
  "'",
  ' ',
  '=',
  '[client]',
  '!include /x',
  '\\n',
  '\\s',
  '${A}',
  '$(A)',
  'é',
  '😀',
  '1',
  'a',
  '',
];
const value = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 10 }).map((pieces) => pieces.join('')),
  fc.string().filter(isLine),
);

test('an option has the value that was given for it, and is one option', () => {
  fc.assert(
    fc.property(value, (each) => {
      const text = ['[mysqld]', ...optionGroup({ before: 1, given: each, after: 2 }), ''].join('\n');
      expect(readOptionFile(text)).toEqual([
        ['before', '1'],
        ['given', each],
        ['after', '2'],
      ]);
    }),
    { numRuns: 2000 },
  );
});

testWith('mysqld')('mysqld reads the same options from a file as the model of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'options-'));
  const file = join(folder, 'my.cnf');
  const values = fc.sample(value, 300);
  const lines = optionGroup(Object.fromEntries(values.map((each, index) => [`x${index}`, each])));
  writeFileSync(file, ['[mysqld]', ...lines, ''].join('\n'));
  const { stdout } = spawnSync('mysqld', [`--defaults-file=${file}`, '--print-defaults'], { encoding: 'utf8' });
  expect(stdout).toContain(values.map((each, index) => `--x${index}=${each} `).join(''));
});
