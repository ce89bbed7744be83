import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { INPUT_TYPES } from '../constructs/core/inputs/input-types-bundle';
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

/** Types of the parameters of all constructors, and of all static methods that make an object of a class. */
function propertiesOf(type: string): Record<string, string> {
  const { structs, classes } = INPUT_TYPES;
  const factories = Object.values(classes).flatMap(({ factories: all = {} }) => Object.values(all));
  const makers = factories.filter(({ returns }) => returns === type).map(({ parameters }) => parameters);
  const parameters = [structs[type] ?? {}, ...makers].flatMap((each) => Object.entries(each));
  // A property of a struct that a static method takes is called as if it were the object's own.
  const own = parameters.flatMap(([, each]) => (makers.length > 0 ? Object.entries(structs[each] ?? {}) : []));
  return Object.fromEntries([...parameters, ...own].map(([name, each]) => [name.replace('?', ''), each]));
}

/** Whether a path leads to a property from a value of the type; parts of a list or map may be named. */
function leads(type: string, [first, ...rest]: string[]): boolean {
  if (first === undefined || first === VALUE) return true;
  if (type.endsWith('[]')) return leads(type.slice(0, -2), [first, ...rest]) || leads(type.slice(0, -2), rest);
  if (type.startsWith('Map<')) return leads(type.slice(4, -1), rest);
  const found = propertiesOf(type)[first];
  return found !== undefined && leads(found, rest);
}

const PROPS = Object.values(INPUT_TYPES.classes).flatMap(({ make = {}, methods = {} }) => [
  ...Object.entries(make).filter(([name]) => name === 'id' || name === 'scope'),
  ...Object.values(make).flatMap((type) => Object.entries(INPUT_TYPES.structs[type] ?? {})),
  ...Object.keys(methods).map((name) => [name, 'any'] as const),
]);

/** A check that a group shares with `MySQLBackup`; a group has no region. */
const OF_OTHERS = ['engine.backup.region', 'engine.restoreFrom.region'];
const paths = new Set(errors.flatMap(({ property = VALUE }) => (property.startsWith(VALUE) ? [] : [property])));

test.each([...paths].filter((each) => !OF_OTHERS.includes(each)))(
  "'%s' is the path of a property of a construct",
  (property) => {
    const [first = '', ...rest] = property.split('.');
    const types = PROPS.filter(([name]) => name.replace('?', '') === first).map(([, type]) => type);
    expect([property, types.some((type) => leads(type, rest))]).toEqual([property, true]);
  },
);

test.each([...new Set(errors.map(({ text }) => text))])('a test brings about: %s', (text) => {
  expect([text, quoted(text)]).toEqual([text, true]);
});

test.each(errors.filter(({ property }) => property).map(({ file, property, text }) => [file, property, text] as const))(
  'in %s, of %s: what is said says what to write instead (%s)',
  (_, __, text) => expect(text).toMatch(/\b(write|name|give|make|add|leave|shorten|put|take|needs)\b/),
);
