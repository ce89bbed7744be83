import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { COMMANDS } from '../cli/commands';
import { UsageError, parseCall } from '../cli/command';
import { Scope } from '../cli/cluster';
import { readManifests } from '../cli/manifests';
import { completionScript } from '../cli/completion';
import { secondsOf } from '../cli/commands/up';
import { runProgram } from '../cli/program';
import { serve } from './servers';
import { testWith } from './tools';

const ROOT = resolve(__dirname, '..');

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...argv: string[]): Promise<Run> {
  const said = { out: '', err: '' };
  const streams = { out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text) };
  const code = await runProgram('cdk8s-slices', argv, streams);
  return { code, ...said };
}

/** A folder with these files, by their names. */
function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const CONFIGMAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: dfw\n';
const OWN = `${CONFIGMAP}  labels:\n    app.kubernetes.io/managed-by: cdk8s-slices\n`;

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])(
    '%j prints the commands to the standard output',
    async (argv) => {
      const { code, out, err } = await run(...argv);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      for (const { name } of COMMANDS) expect(out).toContain(`\n  ${name} `);
    },
  );

  test.each(COMMANDS.map(({ name }) => name))('%s --help explains it, and does nothing', async (name) => {
    const { code, out, err } = await run(name, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage: cdk8s-slices ${name}`);
    expect(out).toContain('-h, --help');
  });

  test('docs/command-line.md has every command with each of its options', () => {
    const page = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8');
    for (const { name } of COMMANDS) expect(page).toContain(`\n## ${name}\n`);
    for (const { options } of COMMANDS)
      for (const option of Object.keys(options)) expect(page).toContain(`\`--${option}`);
  });

  test('no line is longer than a terminal of 140 columns', async () => {
    const helps = await Promise.all(COMMANDS.map(({ name }) => run(name, '--help')));
    for (const { out } of helps) for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(140);
  });

  test('the version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });
});

describe('a wrong command line', () => {
  test.each([
    [['paint'], "unknown command 'paint'"],
    [['--paint'], "unknown option '--paint'"],
    [['status', '--paint'], "unknown option '--paint'"],
    [['status', '-o', 'xml'], "'xml' is not a value of --output; write one of json, yaml, wide"],
    [['status', '-o'], "option '-o, --output <value>' argument missing"],
    [['switchover'], 'ROLE is missing'],
    [['secrets', 'dist', 'more'], "unexpected argument 'more'"],
    [['completion', 'tcsh'], "'tcsh' is not a value of SHELL; write one of bash, zsh, fish"],
    [['up', '--timeout=soon'], "'soon' is no time; write one such as 90s, 15m or 1h"],
  ])('%j ends with 2, and is told on the standard error', async (argv, message) => {
    const { code, out, err } = await run(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`cdk8s-slices: ${message}\n`);
  });
});

test('options stand before the command or after it', async () => {
  for (const argv of [
    ['-o', 'xml', 'status'],
    ['status', '-o', 'xml'],
    ['--output=xml', 'status'],
  ])
    expect((await run(...argv)).err).toContain("'xml' is not a value of --output");
});

test('-o json before and after the name of a site is a format, and no site', () => {
  const status = COMMANDS.find(({ name }) => name === 'status')!;
  const call = parseCall(status, ['-o', 'json', 'dfw'], { out: () => {}, err: () => {} });
  expect([call.args, call.text('output')]).toEqual([['dfw'], 'json']);
});

test('times are written as kubectl writes them', () => {
  expect([secondsOf('90s'), secondsOf('15m'), secondsOf('1h30m')]).toEqual([90, 900, 5400]);
  expect(() => secondsOf('300')).toThrow(UsageError);
});

describe('the folder of a site', () => {
  test.each<[string, Record<string, string>, string]>([
    ['empty', {}, 'has no manifests (*.yaml, *.yml)'],
    ['foreign', { 'a.yaml': CONFIGMAP }, 'has 1 objects, none of them of cdk8s-slices: name the folder of a site'],
    ['broken', { 'a.yaml': 'a: [1\nb' }, "a.yaml' is broken: "],
    ['of other YAML', { 'a.yaml': 'a: 1' }, 'has something that is no Kubernetes object'],
    ['a Helm chart', { 'Chart.yaml': 'name: x', 'templates/a.yaml': OWN }, 'is a Helm chart: name the folder of its'],
  ])('that is %s is an error, and nothing ends silently', async (_, files, message) => {
    const { code, out, err } = await run('secrets', folderOf(files));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(message);
  });

  test.each(['a.yml', 'deeper/a.yaml'])('is read from %s', (name) => {
    expect(readManifests(folderOf({ [name]: OWN }))).toHaveLength(1);
  });
});

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: east
clusters: [{ name: one, cluster: { server: 'https://127.0.0.1:1' } }, { name: http, cluster: { server: 'http://a:8080' } }]
users: [{ name: me, user: { token: t } }]
contexts:
  - { name: east, context: { cluster: one, user: me } }
  - { name: west, context: { cluster: one, user: me, namespace: dfw } }
  - { name: lost, context: { cluster: two, user: me } }
  - { name: plain, context: { cluster: http, user: me } }
`;

describe('the cluster', () => {
  const folder = folderOf({ config: KUBECONFIG });
  const [file, program] = [join(folder, 'config'), join(folder, 'main.js')];
  const site = folderOf({ 'a.yaml': OWN.replace('ConfigMap', 'Namespace') });

  beforeAll(() => {
    const options = ['--bundle', '--platform=node', `--outfile=${program}`, '--log-level=error'];
    execFileSync(join(ROOT, 'node_modules/.bin/esbuild'), [join(ROOT, 'cli/main.ts'), ...options]);
  });

  /** The program itself, as its users run it. */
  async function command(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
    const options = { env: { PATH: process.env['PATH'], HOME: folder, ...env } };
    return promisify(execFile)(process.execPath, [program, ...args], options).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
    );
  }

  test.each<[string[], NodeJS.ProcessEnv, string]>([
    [[], {}, 'there is no kubeconfig: set KUBECONFIG, write --kubeconfig FILE, or make ~/.kube/config'],
    [[], { KUBECONFIG: '/nowhere' }, "KUBECONFIG names '/nowhere', which is not there"],
    [['--kubeconfig', '/nowhere'], {}, "there is no kubeconfig '/nowhere'"],
    [
      ['--context', 'north'],
      { KUBECONFIG: file },
      "the kubeconfig has no context 'north'; there are east, west, lost, plain",
    ],
    [
      ['--context', 'plain'],
      { KUBECONFIG: file },
      "the cluster of the context 'plain' is at http://a:8080, which has no TLS: say insecure-skip-tls-verify: true in the kubeconfig, or write https",
    ],
    [['--context', 'lost'], { KUBECONFIG: file }, "the kubeconfig has no cluster for the context 'lost'"],
  ])('is an error where there is none: %j %j', async (args, env, message) => {
    expect(await command(['status', ...args], env)).toEqual({ code: 1, out: '', err: `cdk8s-slices: ${message}\n` });
  });

  test.each([
    ['', 'it is empty, or no kubeconfig'],
    ['a: [b', 'unexpected end of the stream within a flow collection'],
  ])('is an error where its file is %j', async (text, reason) => {
    const broken = join(folderOf({ config: text }), 'config');
    for (const [args, env] of [
      [['--kubeconfig', broken], {}],
      [[], { KUBECONFIG: broken }],
    ] as const) {
      const { code, err } = await command(['status', ...args], env);
      expect([code, err]).toEqual([1, expect.stringContaining(`the kubeconfig '${broken}' cannot be read: ${reason}`)]);
    }
  });

  test('before which a proxy has a page to sign in is no cluster', async () => {
    const { server, port } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>sign in</html>');
    });
    const local = `'http://127.0.0.1:${port}', insecure-skip-tls-verify: true`;
    const config = join(folderOf({ config: KUBECONFIG.replaceAll("'https://127.0.0.1:1'", local) }), 'config');
    for (const args of [['status'], ['doctor'], ['switchover', 'db']]) {
      const { code, out, err } = await command([...args, '--kubeconfig', config]);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain(`http://127.0.0.1:${port} answers with a page (200) and not as an API server`);
    }
    server.close();
  });

  test('that takes a connection and never answers is given up', async () => {
    const { server, port } = await serve(() => undefined);
    const local = `'http://127.0.0.1:${port}', insecure-skip-tls-verify: true`;
    const config = join(folderOf({ config: KUBECONFIG.replaceAll("'https://127.0.0.1:1'", local) }), 'config');
    expect(await command(['doctor', '--kubeconfig', config])).toEqual({
      code: 1,
      out: '',
      err: `cdk8s-slices: the API server does not answer: the connection took too long (http://127.0.0.1:${port}/version: no answer within 30 s)\n`,
    });
    server.closeAllConnections();
    server.close();
  }, 120_000);

  test('that does not answer is named, before anything is changed', async () => {
    const { code, err } = await command(['secrets', site, '--kubeconfig', file]);
    expect(code).toBe(1);
    expect(err).toContain('context east, https://127.0.0.1:1\n');
    expect(err).toContain('the API server does not answer: nothing listens at its address');
  });

  /** An API server that answers requests by their method and path, and says what it was asked. */
  async function withServer(answers: Record<string, [number, object]>, work: (kubeconfig: string) => Promise<void>) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const [path] = (request.url ?? '').split('?');
      asked.push(`${request.method} ${path}`);
      const [status, body] = answers[`${request.method} ${path}`] ?? [403, { message: `${path} is forbidden to you` }];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const local = `http://127.0.0.1:${port}`;
    const config = KUBECONFIG.replaceAll("'https://127.0.0.1:1'", `'${local}', insecure-skip-tls-verify: true`);
    await work(join(folderOf({ config }), 'config')).finally(() => server.close());
    return asked;
  }

  test('of --context and --kubeconfig is the one that kubectl is told, too', async () => {
    const bin = folderOf({ kubectl: '#!/bin/sh\necho "$@ (server dry run)"\n' });
    chmodSync(join(bin, 'kubectl'), 0o755);
    const answers: Record<string, [number, object]> = { 'POST /api/v1/namespaces': [409, { message: 'exists' }] };
    await withServer(answers, async (kubeconfig) => {
      const args = ['up', site, '--dry-run', '--kubeconfig', kubeconfig, '--context', 'west'];
      const { code, out, err } = await command(args, { PATH: `${bin}:${process.env['PATH']}` });
      expect({ code, out }).toEqual({ code: 0, out: 'the site needs no Secrets\n1 objects: 1 applied\n' });
      expect(err).toContain('context west, http://127.0.0.1:');
      expect(err).toContain('(dry run: nothing is changed)');
    });
  });

  test('is of use to a user who may only list what is in one namespace', async () => {
    const items: [number, object] = [200, { items: [] }];
    const set = {
      metadata: { name: 'dfw-web', namespace: 'dfw', labels: { 'app.kubernetes.io/name': 'web' } },
      spec: { replicas: 1, template: { spec: { containers: [] } } },
    };
    const answers: Record<string, [number, object]> = {
      'GET /apis/apps/v1/namespaces/dfw/statefulsets': [200, { items: [set] }],
      'GET /apis/apps/v1/namespaces/dfw/deployments': items,
      'GET /api/v1/namespaces/dfw/pods': items,
      'GET /api/v1/namespaces/dfw/services': items,
      'GET /api/v1/namespaces/dfw/events': items,
      'GET /apis/gateway.networking.k8s.io/v1/namespaces/dfw/httproutes': [404, { message: 'no such kind' }],
    };
    await withServer(answers, async (kubeconfig) => {
      const shown = await command(['status', '--kubeconfig', kubeconfig, '--context', 'west']);
      expect(shown).toEqual({
        code: 0,
        out: expect.stringContaining('dfw-web01'),
        err: expect.stringContaining(
          "you may not list all namespaces: only 'dfw' is shown; write -n NAME for another\n",
        ),
      });
      expect(shown.err.split('\n').slice(0, -1).sort()).toEqual([
        'you may not list Ingresses: their addresses are not shown',
        expect.stringMatching(/^you may not list all namespaces/),
      ]);
      const refused = await command(['status', '--kubeconfig', kubeconfig, '-n', 'ams']);
      expect(refused.err).toMatch(/^cdk8s-slices: the API server refuses \(403\): \S+ is forbidden to you\n$/);
    });
  });
});

describe('a question before a change', () => {
  const call = (args: string[], answer?: string) =>
    parseCall(
      COMMANDS.find(({ name }) => name === 'secrets')!,
      args,
      {
        out: () => {},
        err: () => {},
        ...(answer === undefined ? {} : { ask: async () => answer }),
      },
    ).confirm('go on?');

  test('is asked at a terminal', async () => {
    await expect(call([], 'n')).rejects.toThrow('nothing was changed');
    await expect(call([], '')).rejects.toThrow('nothing was changed');
    await call([], 'y');
  });

  test('is not asked with -y, in a dry run, or where nobody is there', async () => {
    await call(['-y'], 'n');
    await call(['--dry-run'], 'n');
    await call(['--dry-run=server'], 'n');
    await call([]);
  });
});

describe('who may not list all namespaces', () => {
  const denied = async () => {
    throw Object.assign(new Error('forbidden'), { code: 403 });
  };
  const one = async (namespace: string) => ({ items: [namespace] });

  test('gets what is in the namespace of the context, and one note', async () => {
    const notes: string[] = [];
    const scope = new Scope([], 'dfw', (line) => notes.push(line));
    const lists = await Promise.all([scope.list(denied, one), scope.list(denied, one)]);
    expect(lists).toEqual([['dfw'], ['dfw']]);
    expect(notes).toEqual(["you may not list all namespaces: only 'dfw' is shown; write -n NAME for another"]);
  });

  test('names the namespaces by -n, and no others are asked for', async () => {
    const scope = new Scope(['dfw', 'dfw-mail'], 'default', () => {});
    expect(await scope.list(denied, one)).toEqual(['dfw', 'dfw-mail']);
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) => (await run('__complete', ...words)).out.split('\n').filter(Boolean);

  test('knows commands, options and values', async () => {
    expect(await complete('s')).toEqual(expect.arrayContaining(['status', 'switchover', 'secrets']));
    expect(await complete('status', '--out')).toEqual(['--output']);
    expect(await complete('status', '-o', 'j')).toEqual(['json']);
    expect(await complete('-n', 'dfw', 'status', '--output', '')).toEqual(['json', 'yaml', 'wide']);
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await complete('secrets', '')).toEqual([]);
  });

  /** The words that a shell completes. The program that it asks records how it was called. */
  function inShell(shell: string, script: string): { completed: string; asked: string } {
    const bin = folderOf({ 'cdk8s-slices': '#!/bin/sh\necho "$@" > "$(dirname "$0")/asked"; echo status\n' });
    chmodSync(join(bin, 'cdk8s-slices'), 0o755);
    const file = join(bin, 'completion');
    writeFileSync(file, completionScript(shell as 'bash', 'cdk8s-slices'));
    const env = { ...process.env, HOME: bin, PATH: `${bin}:${process.env['PATH']}` };
    const { stdout, stderr } = spawnSync(shell, ['-c', script.replace('FILE', file)], { encoding: 'utf8', env });
    expect(stderr).toBe('');
    return { completed: stdout, asked: readFileSync(join(bin, 'asked'), 'utf8') };
  }

  const STATUS = { completed: 'status\n', asked: '__complete -n dfw st\n' };

  test('works in bash', () => {
    const words = 'COMP_WORDS=(cdk8s-slices -n dfw st more); COMP_CWORD=3; _cdk8s_slices; echo "${COMPREPLY[@]}"';
    expect(inShell('bash', `source FILE; ${words}`)).toEqual(STATUS);
  });

  testWith('zsh')('works in zsh', () => {
    const stubs = 'compdef() { :; }; compadd() { shift; print -r -- "$@"; }';
    const words = 'words=(cdk8s-slices -n dfw st more); CURRENT=4; _cdk8s_slices';
    expect(inShell('zsh', `${stubs}; source FILE; ${words}`)).toEqual(STATUS);
  });

  testWith('fish')('works in fish', () => {
    expect(inShell('fish', 'source FILE; complete -C "cdk8s-slices -n dfw st"')).toEqual(STATUS);
  });
});

describe('as it is called', () => {
  test.each([
    ['kubectl-slices', ['--help'], 'Usage: kubectl slices COMMAND'],
    ['cdk8s-slices', ['--help'], 'Usage: cdk8s-slices COMMAND'],
    ['kubectl_complete-slices', ['statu'], 'status\n'],
  ])('%s %j says %j', (name, args, said) => {
    const link = join(folderOf({}), name);
    symlinkSync(join(ROOT, 'cli/main.ts'), link);
    const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
    expect(execFileSync(process.execPath, [tsx, link, ...args], { encoding: 'utf8' })).toContain(said);
  });
});
