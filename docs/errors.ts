import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync } from '@swc/core';

/** docs/errors.md, taken from the calls in the library that report an error, so that it has all of them: `npm run snippets`. */

const ROOT = resolve(__dirname, '..');

/** What stands for a value that is only known when a site is synthesized. */
export const VALUE = '…';

export interface KnownError {
  /** The file of constructs/ that reports it, without its ending. */
  readonly file: string;
  /** The property, or none where the error is thrown at once. */
  readonly property: string | undefined;
  /** What is said of it. */
  readonly text: string;
}

/** A node of the syntax tree. */
// oxlint-disable-next-line typescript/no-explicit-any
type Node = any;

/** A call, where it stands, and what its function's parameters are called. */
interface Call {
  readonly file: string;
  readonly node: Node;
  readonly within: {
    readonly name: string;
    readonly parameters: string[];
    readonly defaults: Node[];
    readonly ownFile: boolean;
    readonly method: boolean;
  };
  readonly constants: Map<string, Node[]>;
}

/** What the parameters of a function are in one of its calls: each an expression there, where others may be bound in turn. */
type Bound = Map<string, { readonly argument: Node; readonly call: Call; readonly bound: Bound }>;

/** Every error that the library reports at synthesis, in the order of its files. */
export function knownErrors(): KnownError[] {
  const files = readdirSync(join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' });
  const calls = files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('-bundle.ts'))
    // Errors of types are made from the types, and HEAD says what they look like.
    .filter((file) => !file.startsWith('core/inputs/'))
    .sort()
    .flatMap((file) => callsOf(file.replace(/\.ts$/, '')));
  const found = calls.flatMap((call): KnownError[] => {
    const name = calledName(call.node);
    if (name === 'problem') return reported(call, call.node.arguments.slice(1), calls);
    // What a validation finds, which says it itself.
    if (name === 'shown' && call.within.name !== 'problem')
      return reported(call, call.node.arguments, calls).filter(({ text }) => text !== VALUE);
    if (call.node.type !== 'ThrowStatement') return lateErrors(call);
    return rendered(call.node.argument.arguments?.[0]?.expression, call, new Map()).map((text) => ({
      file: call.file,
      property: undefined,
      text,
    }));
  });
  const keys = new Set<string>();
  return found.filter(({ file, property, text }) => {
    const key = JSON.stringify([file, property, text]);
    return !keys.has(key) && keys.add(key);
  });
}

/** A call with a property, its value and a text; one whose property or text is a parameter of its function is an error of each that calls that. */
function reported(call: Call, given: Node[], calls: Call[]): KnownError[] {
  const [property, , instead] = given.map((each) => each.expression);
  return boundIn(call, [property, instead], calls).flatMap(({ file, bound }) => {
    const properties = rendered(property, call, bound);
    return rendered(instead, call, bound).flatMap((text) => properties.map((one) => ({ file, property: one, text })));
  });
}

/** Every way in which the parameters that some expressions of a function mention are given, and the file where they are. */
function boundIn(call: Call, expressions: Node[], calls: Call[]): { file: string; bound: Bound }[] {
  const { parameters, defaults, name, ownFile, method } = call.within;
  const open = parameters.filter((each) => expressions.some((one) => mentions(one, each)));
  const callers = calls.filter(
    ({ node, file }) =>
      calledName(node) === name &&
      (node.callee.type === 'MemberExpression') === method &&
      (!ownFile || file === call.file),
  );
  // A method that other files call by an interface: nothing is known of its parameters.
  if (open.length === 0 || callers.length === 0) return [{ file: call.file, bound: new Map() }];
  return callers.flatMap((other) => {
    const given = new Map(
      open.map((each): [string, Node] => {
        const index = parameters.indexOf(each);
        return [each, other.node.arguments[index]?.expression ?? defaults[index]];
      }),
    );
    return boundIn(other, [...given.values()], calls).map(({ file, bound }) => ({
      file,
      bound: new Map([...given].map(([each, argument]) => [each, { argument, call: other, bound }])),
    }));
  });
}

/** What is only known when everything is made is found by a method called `find…`, which returns the texts. */
function lateErrors(call: Call): KnownError[] {
  if (call.node.type !== 'TemplateLiteral' || !call.within.name.startsWith('find')) return [];
  return rendered(call.node, call, new Map()).map((text) => ({ file: call.file, property: undefined, text }));
}

function calledName(node: Node): string | undefined {
  return node.callee?.value ?? node.callee?.property?.value;
}

function mentions(node: Node, name: string): boolean {
  if (node === null || typeof node !== 'object') return false;
  if (node.type === 'Identifier' && node.value === name) return true;
  return Object.values(node).some((each) => mentions(each, name));
}

/** Calls, thrown errors and texts of a file. */
function callsOf(file: string): Call[] {
  const tree = parseSync(readFileSync(join(ROOT, 'constructs', `${file}.ts`), 'utf8'), {
    syntax: 'typescript',
    decorators: true,
  });
  const constants = new Map<string, Node[]>();
  const found: Call[] = [];
  const visit = (node: Node, within: Call['within'], exported = false): void => {
    if (node === null || typeof node !== 'object') return;
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init)
      constants.set(node.id.value, [...(constants.get(node.id.value) ?? []), node.init]);
    if (['CallExpression', 'ThrowStatement', 'TemplateLiteral'].includes(node.type))
      found.push({ file, node, within, constants });
    const name = (node.identifier ?? node.key)?.value as string | undefined;
    const inside = ['FunctionDeclaration', 'ClassMethod'].includes(node.type) && name;
    const patterns = (): Node[] => (node.params ?? node.function.params).map((each: Node) => each.pat ?? each);
    const parameters = () => patterns().map((each) => (each.left ?? each).value as string);
    const defaults = () => patterns().map((each) => each.right);
    // A method of a class is called in its file alone, but for those that the library's other classes call.
    const method = node.type === 'ClassMethod';
    const ownFile = method ? !name?.startsWith('_') : !exported;
    const next = inside ? { name, parameters: parameters(), defaults: defaults(), ownFile, method } : within;
    for (const each of Object.values(node)) visit(each, next, node.type === 'ExportDeclaration');
  };
  visit(tree.body, { name: '', parameters: [], defaults: [], ownFile: true, method: false });
  return found;
}

/** The texts that an expression may be, with `…` for what is known later. */
function rendered(node: Node, call: Call, bound: Bound): string[] {
  switch (node?.type) {
    case 'StringLiteral':
      return [node.value];
    case 'NumericLiteral':
      return [String(node.value)];
    case 'ParenthesisExpression':
      return rendered(node.expression, call, bound);
    case 'ConditionalExpression':
      return [...rendered(node.consequent, call, bound), ...rendered(node.alternate, call, bound)];
    case 'TemplateLiteral':
      return joined(
        node.quasis.flatMap((quasi: Node, index: number) => [
          [quasi.cooked as string],
          ...(node.expressions[index] ? [rendered(node.expressions[index], call, bound)] : []),
        ]),
      );
    case 'Identifier': {
      const given = bound.get(node.value);
      if (given) return rendered(given.argument, given.call, given.bound);
      const known = call.constants.get(node.value) ?? [];
      const texts = known.flatMap((each) => rendered(each, { ...call, constants: new Map() }, bound));
      return texts.length > 0 ? texts : [VALUE];
    }
    default:
      return [VALUE];
  }
}

function joined(parts: string[][]): string[] {
  return parts.reduce((texts, part) => texts.flatMap((text) => part.map((each) => text + each)), ['']);
}

/** Who sees the errors of the files that are none of a construct. */
const TITLES: Record<string, string> = {
  'core/role': 'Every role',
  'pair/failover': 'Heartbeat.within',
  'core/files': 'Files.ofFolder',
  'external/external-service': 'ExternalDatabase and all that is outside',
  'external/peers': 'ExternalDatabase and all that is outside',
  'external/server': 'ExternalDatabase and all that is outside',
  'external/external-database': 'ExternalDatabase',
  'external/external-cache': 'ExternalCache',
  'external/external-blob-store': 'ExternalBlobStore',
  'core/images': 'Images',
  'blobs/garage': 'BlobEngine.garage',
  'blobs/mogilefs': 'BlobEngine.mogileFs',
  'jobs/theschwartz': 'JobQueue.theSchwartz',
  'jobs/table-queue': 'JobQueue.table',
  'jobs/redis-list': 'JobQueue.redisList',
  'jobs/queue-database': 'JobQueue',
  'mysql/backup/backup-store': 'MySQLBackup',
  'core/config': 'Every role',
  'core/connections': 'ReplicatedMySQL, CachePool',
  'mysql/mysql-pair': 'ReplicatedMySQL',
  'mysql/mysql-settings': 'ReplicatedMySQL',
  'mysql/innodb-cluster/innodb-cluster': 'MySQLEngine.innoDBCluster',
  'mysql/innodb-cluster/innodb-cluster-checks': 'MySQLEngine.innoDBCluster',
  'core/labels': 'Site',
  'mysql/mysql-names': 'ReplicatedMySQL',
  'mysql/option-file': 'ReplicatedMySQL',
  'mysql/backup/mysql-restore-parts': 'ReplicatedMySQL',
  'mysql/mysql-tls-parts': 'ReplicatedMySQL',
  'own/faults': 'OwnWorkload',
  'own/workload-in': 'OwnWorkload',
  'core/pod-group': 'Every role',
  'core/problems': 'Every construct',
  'core/program': "WebTier, JobWorkers and MailHandler: the site's own programs",
  'jobs/queue-depth-scaler': 'JobScaling.queueDepth',
  'pair/rendered-set': 'Heartbeat',
  'balancer/static-copies': 'Balancer',
  'balancer/balancer-certificates': 'Balancer',
  'balancer/edge': 'Balancer',
  'balancer/route-checks': 'Balancer',
  'balancer/haproxy': 'BalancerEngine.haproxy',
  'balancer/perlbal': 'BalancerEngine.perlbal',
  'core/synthesis': 'Every role',
  'core/name-clashes': 'Site',
  'jobs/cpu-scaler': 'JobScaling.cpu',
  'web/web-scaling': 'WebTier',
  'jobs/worker-plan': 'JobWorkers',
  'core/workload': 'A mistake of the library itself',
};

/** The construct whose errors are in a file; the file itself where nobody has said it in `TITLES`. */
export function titleOf(file: string): string {
  const source = readFileSync(join(ROOT, 'constructs', `${file}.ts`), 'utf8');
  return (
    TITLES[file] ?? /^export class (\w+) extends (?:Role|Construct)\b/m.exec(source)?.[1] ?? `constructs/${file}.ts`
  );
}

export function errorsPage(): string {
  const sections = new Map<string, KnownError[]>();
  for (const error of knownErrors()) {
    const title = titleOf(error.file);
    sections.set(title, [...(sections.get(title) ?? []), error]);
  }
  const tables = [...sections.keys()].sort().map((title) => {
    const rows = sections
      .get(title)!
      .map(({ property, text }) => `| ${property ? `\`${property}\`` : ''} | ${cell(text)} |`);
    return `## ${title}\n\n| property | what is said |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${HEAD}\n${tables.join('\n')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*').replaceAll('_', '\\_');
}

const HEAD = `# What synthesis complains of

Written by \`npm run snippets\` from the library's source. \`cdk8s synth\` reports all that is wrong with a site at once, a line for each,
and writes nothing:

    [dfw/memc] 'ram' is 64 MiB: memcached itself takes half of that; write Size.mebibytes(128) or more

The same holds for a value of a wrong type, a property that is missing, and one that does not exist, whatever the language:

    [dfw/web] 'ram' is '512Mi': write an amount of memory or disk, such as Size.mebibytes(512)
    [dfw/web] 'replicas' is 7: there is no property of this name; did you mean 'slices'? Otherwise leave it out
    [dfw/jobs] 'workers.email.command' is 'php mail.php': write a list, as ['php', 'mail.php']

A construct with such an error is not checked further, and nothing is made of it. The construct's path, the property, the value that was given, and what to write instead. Here \`${VALUE}\` stands for what is only
known then. What has no property concerns more than one, or ends the synthesis where it stands.
`;
