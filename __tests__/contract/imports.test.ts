import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../../contract');

test.each(readdirSync(FOLDER))('contract/%s imports nothing from outside the folder, not even from Node', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const imported = [...text.matchAll(/(?:from|import\(|require\()\s*'([^']+)'/g)].map(([, module]) => module);
  expect(imported.filter((module) => !/^\.\/[a-z-]+$/.test(module!))).toEqual([]);
});
