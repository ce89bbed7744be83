import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseSync, transformSync } from '@swc/core';
import * as fc from 'fast-check';
import * as library from '../constructs';

/** The order in which a program makes its roles is not to be seen in dist. */

const ROOT = resolve(__dirname, '..');
const EXAMPLES = ['main.ts', ...readdirSync(join(ROOT, 'examples')).map((each) => join('examples', each, 'main.ts'))]
  .map((file) => join(ROOT, file))
  .filter((file) => existsSync(file));

/** A node of the syntax tree. */
// oxlint-disable-next-line typescript/no-explicit-any
type Node = any;

/** A statement of a program, in a list of which the order may change. */
interface Statement {
  readonly text: string;
  readonly declares: string[];
  readonly mentions: Set<string>;
  readonly kind: Kind;
}

enum Kind {
  /** A declaration of a value, or the making of a role. */
  ROLE,
  /** The making of an object of the user's own, whose file has its objects as they were made. */
  OWN,
  /** Any other statement keeps its place. */
  FIXED,
}

function namesIn(node: Node, found = new Set<string>()): Set<string> {
  if (node === null || typeof node !== 'object') return found;
  if (node.type === 'Identifier') found.add(node.value);
  for (const each of Object.values(node)) namesIn(each, found);
  return found;
}

/** Lists of statements that make roles: the program's own, and those of its functions. */
function statementsOf(source: string): Statement[][] {
  const bytes = Buffer.from(source);
  const tree = parseSync(source, { syntax: 'typescript' }) as Node;
  const start = tree.span.start - bytes.subarray(0, firstToken(source)).length;
  const text = ({ span }: Node) => bytes.subarray(span.start - start, span.end - start).toString();
  const lists: Statement[][] = [];
  const visit = (node: Node): void => {
    if (node === null || typeof node !== 'object') return;
    const statements: Node[] | undefined =
      node.type === 'Module' ? node.body : node.type === 'BlockStatement' && node.stmts;
    if (statements) {
      lists.push(
        statements.map((each) => ({
          text: text(each),
          declares: (each.declarations ?? []).flatMap(({ id }: Node) => [...namesIn(id)]),
          mentions: namesIn(each),
          kind: kindOf(each),
        })),
      );
    }
    for (const each of Object.values(node)) visit(each);
  };
  visit(tree);
  return lists.filter((list) => list.filter(({ kind }) => kind === Kind.ROLE).length > 1);
}

function kindOf(statement: Node): Kind {
  if (statement.type !== 'VariableDeclaration' && statement.expression?.type !== 'NewExpression') return Kind.FIXED;
  const made = [statement.expression, ...(statement.declarations ?? []).map(({ init }: Node) => init)];
  const others = made.filter((each) => each?.type === 'NewExpression' && !(each.callee.value in library));
  return others.length > 0 ? Kind.OWN : Kind.ROLE;
}

/** swc counts from the first token of the first file that it parses. */
function firstToken(source: string): number {
  return /^(?:\s|\/\/.*|\/\*[^]*?\*\/)*/.exec(source)?.[0].length ?? 0;
}

/** The statements in another order, in which each still comes after those whose values it needs. */
function shuffled(statements: Statement[], random: () => number): Statement[] {
  const left = [...statements];
  const result: Statement[] = [];
  while (left.length > 0) {
    const ready = left.filter((each, at) => {
      const before = left.slice(0, at);
      const needed = before.some(({ declares }) => declares.some((name) => each.mentions.has(name)));
      if (needed || before.some(({ kind }) => kind === Kind.FIXED)) return false;
      return (
        each.kind === Kind.ROLE || (each.kind === Kind.OWN ? !before.some(({ kind }) => kind === Kind.OWN) : at === 0)
      );
    });
    const next = ready[Math.floor(random() * ready.length)] as Statement;
    left.splice(left.indexOf(next), 1);
    result.push(next);
  }
  return result;
}

function synthesize(file: string, source: string): Record<string, string> {
  const { code } = transformSync(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const outdir = mkdtempSync(join(tmpdir(), 'order-'));
  const before = process.env['CDK8S_OUTDIR'];
  process.env['CDK8S_OUTDIR'] = outdir;
  const load = (name: string): unknown => require(name.startsWith('.') ? resolve(dirname(file), name) : name);
  // oxlint-disable-next-line typescript/no-implied-eval
  new Function('require', 'exports', '__dirname', code)(load, {}, dirname(file));
  if (before === undefined) delete process.env['CDK8S_OUTDIR'];
  else process.env['CDK8S_OUTDIR'] = before;
  // The place of a chart of the user's own is where the program makes it.
  const numbered = !source.includes('new Chart(');
  const nameOf = (each: string) => (numbered ? each : each.replace(/^\d+-/, ''));
  return Object.fromEntries(
    readdirSync(outdir).map((each) => [nameOf(each), readFileSync(join(outdir, each), 'utf8')]),
  );
}

test.each(EXAMPLES.map((file) => [file.slice(ROOT.length + 1), file]))(
  'roles made in any order give the same dist: %s',
  (_name, file) => {
    const source = readFileSync(file, 'utf8');
    const lists = statementsOf(source);
    expect(lists.length).toBeGreaterThan(0);
    const expected = synthesize(file, source);
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (numbers) => {
        const random = () => numbers.next().value as number;
        const other = lists.reduce((text, list) => {
          const [first = '', last = ''] = [list[0]?.text, list.at(-1)?.text];
          const whole = text.slice(text.indexOf(first), text.indexOf(last) + last.length);
          const body = shuffled(list, random).map((each) => each.text);
          return text.replace(whole, () => body.join('\n'));
        }, source);
        expect(synthesize(file, other)).toEqual(expected);
      }),
      { numRuns: 4 },
    );
  },
);
