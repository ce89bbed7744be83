import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keysIn, passwordsIn } from '../../agent/mounted-secret';

const folder = mkdtempSync(join(tmpdir(), 'secret-'));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

test('the new password of a Secret comes first, then the one before, and neither where there is none', () => {
  expect([keysIn(folder), passwordsIn(folder)]).toEqual([[], undefined]);
  write('password', 'new');
  expect([keysIn(folder), passwordsIn(folder)]).toEqual([['new'], { now: 'new', before: undefined }]);
  write('password-before', 'old');
  expect([keysIn(folder), passwordsIn(folder)]).toEqual([['new', 'old'], { now: 'new', before: 'old' }]);
});

test('a line break at the end is no part of a password, a space is, and an empty file is none', () => {
  write('password', ' new \n');
  write('password-before', '\n');
  expect(keysIn(folder)).toEqual([' new ']);
  write('password', '');
  write('password-before', 'old');
  expect(passwordsIn(folder)).toBeUndefined();
});
