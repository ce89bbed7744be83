import type { Construct } from 'constructs';
import { problem } from './problems';
import { isWellFormed } from './text';

/** Control characters that no configuration has: all but tabs and ends of lines. */
const CONTROL = /(?![\t\n\r])\p{Control}/u;

/** Records a user's part of a configuration that no program could read. */
export function checkDirectives(construct: Construct, property: string, text: string): void {
  if (CONTROL.test(text) || !isWellFormed(text))
    problem(construct, property, text, 'write text without control characters');
}

/** The same for nginx: a brace too many would end the block that the text is put in. */
export function checkNginxDirectives(construct: Construct, property: string, text: string): void {
  checkDirectives(construct, property, text);
  if (!hasPairedBraces(text))
    problem(construct, property, text, "each '{' needs its '}', and no other; nginx would not start");
}

/** Texts in quotes, comments, escapes and variables have braces of their own. */
const OTHERS = /"(\\[^]|[^"\\])*"|'(\\[^]|[^'\\])*'|(?<=^|[\s;{}])#.*$|\\[^]|\$\{\w+\}/gm;

function hasPairedBraces(text: string): boolean {
  let open = 0;
  for (const brace of text.replace(OTHERS, '').match(/[{}]/g) ?? []) {
    open += brace === '{' ? 1 : -1;
    if (open < 0) return false;
  }
  return open === 0;
}
