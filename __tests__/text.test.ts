import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import * as fc from 'fast-check';
import { fitsYaml, isLine, literal, visible } from '../constructs/core/text';
import { expand } from './kubelet';
import { testWith } from './tools';

const PIECES = ['$', '(', ')', '$(A)', '$(A B)', '$$', '${A}', '\\', 'a', 'é', '€', '😀', ' ', '\n', '', '_', '.', '1'];
const text = fc.array(fc.constantFrom(...PIECES, 'A', 'B'), { maxLength: 12 }).map((pieces) => pieces.join(''));

test('what the kubelet makes of text is known: references, doubled signs, and letters that it breaks', () => {
  const variables = { A: '1' };
  expect(expand('$(A) $$(A) $(B) ${A} $A $', variables)).toBe('1 $(A) $(B) ${A} $A $');
  expect(expand('$é', variables)).not.toBe('$é');
});

test('a program gets each text as it was written, whatever its variables are called', () => {
  fc.assert(
    fc.property(text, fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,3}$/), fc.string()), (each, more) => {
      expect(expand(literal(each), { A: 'replaced', B: 'replaced', ...more })).toBe(each);
    }),
    { numRuns: 2000 },
  );
});

test('only what the kubelet would take for something else is written differently', () => {
  expect(literal('echo "$1 ${HOME} $(date +%s) $((1 + 2)) $?" | sed s/$//')).toBe(
    'echo "$1 ${HOME} $(date +%s) $((1 + 2)) $?" | sed s/$//',
  );
  expect(literal('$(DB_HOST) $$')).toBe('$$(DB_HOST) $$$');
});

/** Letters that YAML treats in ways of their own, beside any other. */
const SPECIAL = [
  '\n',
  '\r',
  '\t',
  ' ',
  '#',
  ': ',
  '- ',
  '? ',
  '|',
  '>',
  '%',
  '@',
  '`',
  '"',
  "'",
  '\\',
  '{',
  ']',
  '&',
  '*',
  '!',
];
const MORE = [
  '\0',
  '\x1b',
  '\x7f',
  '\x85',
  '\xa0',
  '\u2028',
  '\ufeff',
  '\ufffe',
  '\ud800',
  'é',
  '😀',
  'yes',
  '0x1',
  '1e3',
  '---',
  '...',
];
const any = fc.array(fc.oneof(fc.constantFrom(...SPECIAL, ...MORE), fc.string({ unit: 'binary', maxLength: 3 })), {
  maxLength: 8,
});

testWith('kubectl')(
  'kubectl reads each text that fits from a manifest as it was written',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'text-'));
    const file = join(folder, 'texts.yaml');
    const texts = fc.sample(any.map((pieces) => pieces.join('')).filter(fitsYaml), 3000);
    const data = Object.fromEntries(texts.map((each, index) => [`k${index}`, each]));
    writeFileSync(file, Yaml.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data }));
    const args = ['annotate', '--local', '--filename', file, 'a=b', '--output', 'json'];
    const read = JSON.parse(execFileSync('kubectl', args, { encoding: 'utf8', maxBuffer: 1e9 }));
    expect(texts.filter((each, index) => read.data[`k${index}`] !== each)).toEqual([]);
  },
  120_000,
);

test.each(['\x7f', '\x85', '\u2028', '\ufffe', '\ud800', '\ta\nb', '\n\ta', ' \n'])(
  '%j does not fit into YAML',
  (each) => {
    expect(fitsYaml(each)).toBe(false);
  },
);

test.each(['', 'a', '\t', 'a\n\tb', '\0', '😀', 'a\r\nb', '\n\n b\n'])('%j fits into YAML', (each) => {
  expect(fitsYaml(each)).toBe(true);
});

test('a line has no character that ends it, or that nobody sees', () => {
  expect(['a b', 'é😀', ''].map(isLine)).toEqual([true, true, true]);
  expect(['a\nb', 'a\rb', 'a\0', '\x85', '\u2028', '\x1b[0m', '\udc00'].some(isLine)).toBe(false);
});

test('a report shows such characters, and no more than the start of a long text', () => {
  expect(visible('a\n\t\0\u2028é')).toBe('a\\n\\t\\u0000\\u2028é');
  expect(visible('x'.repeat(400))).toBe(`${'x'.repeat(300)}… (400 characters)`);
});
