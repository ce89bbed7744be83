import type { Mutation } from './mutation';

/** Small mistakes, as text to find and what to write in its place. */
const OPERATORS: readonly (readonly [RegExp, string])[] = [
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \?\? [^;,)\n]+/g, ''],
  [/ >= /g, ' > '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ < /g, ' <= '],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/(?<=[( ])!(?=[\w(])/g, ''],
  [/ \+ 1\b/g, ''],
  [/ - (?=\w)/g, ' + '],
  [/ \* /g, ' / '],
  [/\b[1-9]\d*\b/g, '0'],
  [/\bawait (?=\w)/g, 'void '],
  [/'[^'\n]+'/g, "''"],
  [/\.filter\(/g, '.slice() ?? [].filter('],
  [/\.sort\([^\n]*?\)(?=[.;])/g, ''],
  [/\.every\(/g, '.some('],
  [/\.some\(/g, '.every('],
  [/\.at\(-1\)/g, '.at(0)'],
];

/** A statement of one line that can be left out. */
const STATEMENT = /^ +(?:await |return |if |for |throw |this\.|say\(|\w+(?:\.\w+)*\()[^\n]*;$/gm;

/** Every mutation of a file that the operators make: each with enough text around it to be found again. */
export function mutationsOf(file: string, text: string, tests: readonly string[]): Mutation[] {
  const found: Mutation[] = [];
  const add = (at: number, length: number, replacement: string) => {
    const before = text.lastIndexOf('\n', at) + 1;
    const end = text.indexOf('\n', at + length);
    const [head, tail] = [text.slice(before, at), text.slice(at + length, end < 0 ? undefined : end)];
    const line = head + text.slice(at, at + length) + tail;
    if (/^\s*(\/\/|\*|\/\*\*|import |export type |export interface )/.test(line)) return;
    found.push({ file, from: line, to: head + replacement + tail, tests });
  };
  for (const [pattern, replacement] of OPERATORS)
    for (const { index, 0: match } of text.matchAll(pattern)) add(index, match.length, replacement);
  for (const { index, 0: match } of text.matchAll(STATEMENT)) add(index, match.length, '');
  const unique = new Map(found.map((each) => [`${each.from}\0${each.to}`, each]));
  return [...unique.values()].filter(({ from }) => text.split(from).length === 2);
}
