import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pages } from '../docs/snippets';

const ROOT = resolve(__dirname, '..');

/** Patterns that make a reader look for the subject. */
const PATTERNS: readonly [what: string, pattern: RegExp][] = [
  ['begins with a free relative: name the thing first', /^(What|Who|Whose|Where what|Whoever|Whatever) /],
  ['says "one that" or "what it is" for a noun', /\b(one that is none|one that|those that|that of one)\b/],
  ['says "whom" or "of itself"', /\b(whom|of itself)\b/],
  ['has more than 40 words', /^(\S+\s+){40,}\S+$/],
];

/** A page's prose: no code, tables, headings or links' targets. */
function proseOf(markdown: string): string {
  return markdown
    .replaceAll(/```[^]*?```/g, '')
    .replaceAll(/^( {4}|\||#|<!--).*$/gm, '')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/^\s*([-*]|\d+\.) /gm, '\n\n');
}

/** The comments of documentation of a source file, without their tags. */
function commentsOf(source: string): string {
  return [...source.matchAll(/\/\*\*([^]*?)\*\//g)]
    .map(([, text = '']) => text.replaceAll(/^ *\* ?/gm, '').replaceAll(/^@.*$/gm, '\n\n'))
    .join('\n\n');
}

export function sentencesOf(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .flatMap((paragraph) =>
      paragraph
        .replaceAll(/\s+/g, ' ')
        .trim()
        .split(/(?<=[.:;?!]) (?=[A-Z`*])/),
    )
    .filter((sentence) => / \w/.test(sentence));
}

function sources(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts') && !file.endsWith('-bundle.ts')).map((file) => join(folder, file));
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const sentences = [
  ...pages()
    .filter((page) => page !== 'docs/errors.md')
    .flatMap((page) => sentencesOf(proseOf(read(page))).map((sentence) => ({ file: page, sentence }))),
  ...sources('constructs').flatMap((file) =>
    sentencesOf(commentsOf(read(file))).map((sentence) => ({ file, sentence })),
  ),
];

test.each(PATTERNS)('no sentence %s', (_, pattern) => {
  const found = sentences.filter(({ sentence }) => pattern.test(sentence));
  expect(found.map(({ file, sentence }) => `${file}: ${sentence}`)).toEqual([]);
});

test('a sentence is found in a page, and not in its code', () => {
  const page = '# What this is\n\nOne thing. What it does is\nanother.\n\n```ts\n// What a comment says.\n```\n';
  expect(sentencesOf(proseOf(page))).toEqual(['One thing.', 'What it does is another.']);
  expect(sentencesOf(commentsOf('/** One thing. Who reads it.\n * @default none */'))).toEqual([
    'One thing.',
    'Who reads it.',
  ]);
});
