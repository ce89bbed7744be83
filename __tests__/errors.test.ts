import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { VALUE, knownErrors, titleOf } from '../docs/errors';

const tests = readdirSync(__dirname)
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(__dirname, file), 'utf8').replace(/\\(['()])/g, '$1'))
  .join('\n');

/** Whether a test quotes four words of a text that are the same each time, or all where it has fewer. */
function quoted(text: string): boolean {
  return text.split(VALUE).some((part) => {
    const words = part.trim().split(' ');
    const least = Math.min(4, words.length);
    const runs = words.slice(0, words.length - least + 1).map((_, at) => words.slice(at, at + least).join(' '));
    return part.trim().length > 8 && runs.some((run) => tests.includes(run));
  });
}

/** It is for who changes the library, and no site can bring it about. */
const errors = knownErrors().filter(({ file }) => file !== 'core/workload');

test('there are errors, and none that was found twice', () => {
  expect(errors.length).toBeGreaterThan(80);
  const lines = errors.map(({ file, property, text }) => `${titleOf(file)} ${property} ${text}`);
  expect(lines.filter((line, index) => lines.indexOf(line) !== index)).toEqual([]);
});

test.each([...new Set(errors.map(({ text }) => text))])('a test brings about: %s', (text) => {
  expect([text, quoted(text)]).toEqual([text, true]);
});

test.each(errors.filter(({ property }) => property).map(({ file, property, text }) => [file, property, text] as const))(
  'in %s, of %s: what is said says what to write instead (%s)',
  (_, __, text) => expect(text).toMatch(/\b(write|name|give|make|add|leave|shorten|put|take|needs)\b/),
);
