import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { errorsPage } from './errors';

/**
 * Fills the code of README.md and docs/ from the files that it is taken from: `npm run snippets`.
 *
 * A line `<!-- file: PATH -->` before a block of code names the file; what the repository imports as its own source is
 * written as the package that others import.
 */

const ROOT = resolve(__dirname, '..');
const SNIPPET = /^( *)(<!-- file: (\S+) -->\n\n *```\w+\n)[^]*?(```)/gm;

export function filled(text: string): string {
  return text.replace(SNIPPET, (_, indent: string, head: string, path: string, end: string) => {
    const code = asUsersWrite(readFileSync(join(ROOT, path), 'utf8'), LINE - indent.length);
    // In a list, the code is as far in as the item's text.
    return indent + head + code.replace(/^(?=.)/gm, indent) + indent + end;
  });
}

const LINE = 120;

/** The code with the package's name in place of the repository's own source. It is shorter, so that prettier may join an import's lines. */
export function asUsersWrite(code: string, width = LINE): string {
  return code
    .replace(/'(\.\.?\/)+constructs'/g, "'cdk8s-slices'")
    .replace(/^import \{\n([^}]*),\n\} from 'cdk8s-slices';$/m, (lines, names: string) => {
      const joined = `import { ${names.trim().split(/,\s+/).join(', ')} } from 'cdk8s-slices';`;
      return joined.length > width ? lines : joined;
    });
}

/** README.md, CONTRIBUTING.md, and all of docs/, by their paths from the root. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', 'CONTRIBUTING.md', ...docs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`)];
}

/** What a page has to say now. */
export function current(page: string, text: string): string {
  return page === 'docs/errors.md' ? formatted(errorsPage()) : filled(text);
}

function formatted(text: string): string {
  return execFileSync('npx', ['prettier', '--stdin-filepath', 'errors.md'], {
    cwd: ROOT,
    input: text,
    encoding: 'utf8',
  });
}

if (require.main === module) {
  for (const page of pages()) {
    const path = join(ROOT, page);
    const before = readFileSync(path, 'utf8');
    const now = current(page, before);
    if (now === before) continue;
    writeFileSync(path, now);
    console.log(relative(process.cwd(), path));
  }
}
