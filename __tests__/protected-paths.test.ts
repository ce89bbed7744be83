import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BalancerProps, ProtectedPath, StaticFiles } from '../constructs';
import { keysOf, newValues, originsOf } from '../cli/secret-values';
import { sha512Crypt } from '../cli/sha512-crypt';
import { EngineName, Making, Tiers, routedBalancer, running, usersOf, writeUsers } from './routed';
import { find, ofKind, problems, synth } from './support';
import { testWith } from './tools';

const TOOLS = { nginx: testWith('nginx', 'openssl'), haproxy: testWith('haproxy', 'openssl') };
const onEach = (name: string, what: (engine: EngineName) => Promise<void>) => {
  for (const engine of ['nginx', 'haproxy'] as const) TOOLS[engine](`${engine}: ${name}`, () => what(engine), 60_000);
};
const guarded =
  (protectedPaths: ProtectedPath[], props: Partial<BalancerProps> = {}): Making =>
  ({ web }: Tiers) => ({ web: web!, protectedPaths, ...props });

const PATHS = [
  { path: '/admin/' },
  { path: '/admin/x+y', secret: 'others' },
  { host: 'stage.example.org' },
  { host: '*.lab.example.org' },
];
const ADMIN = ['-u', 'admin:open sesame'];

onEach('a protected path is for those with the password, which the web tier does not get', (engine) =>
  running(engine, ['web'], guarded(PATHS), async ({ ask, requests }) => {
    const asked = await ask('example.org', '/admin/a?b');
    expect([asked.status, requests.length]).toEqual([401, 0]);
    expect(asked.headers).toMatch(/^www-authenticate: Basic realm="site"/im);
    for (const wrong of ['admin:open', 'admin:', 'root:open sesame', ':open sesame', 'admin'])
      expect([wrong, (await ask('example.org', '/admin/', '-u', wrong.padEnd(6, ':'))).status]).toEqual([wrong, 401]);
    for (const authorization of ['Basic', 'Basic !', 'Bearer YWRtaW46b3BlbiBzZXNhbWU='])
      expect((await ask('example.org', '/admin/', '-H', `Authorization: ${authorization}`)).status).toBe(401);
    expect(requests).toEqual([]);
    expect((await ask('example.org', '/admin/a?b', ...ADMIN)).body).toBe('web /admin/a?b\n');
    expect(requests.at(-1)!.headers.authorization).toBeUndefined();
    // A program's own users are none of the balancer's business.
    await ask('example.org', '/', '-H', 'Authorization: Bearer abc');
    expect(requests.at(-1)!.headers.authorization).toBe('Bearer abc');
  }),
);

/** Paths that some program takes for one below /admin. */
const DISGUISED = [
  '/admin',
  '/admin/',
  '/admin?a',
  '/ADMIN/',
  '/aDmin',
  '//admin/',
  '//x/admin',
  '/x//../admin',
  '/x/../admin/',
  '/./admin',
  '/%61dmin/',
  '/%2e/admin',
  '/x/%2e%2e/admin',
  '/x/.%2E/admin/',
  '/%2fadmin',
  '/x%2f..%2fadmin',
  '/admin%2f',
  '/admin%2Fa',
  '/admin;a=b',
  '/admin;/a',
  '/x/..;/admin/',
  '/;/../admin',
  '/x/..%3b/admin',
  '\\admin',
  '/\\admin',
  '/x\\..\\admin',
  '/x/..\\admin',
  '/admin\\a',
  '/admin%5ca',
  '/admin%20',
  '/admin%00',
  '/admin%0a',
  '/admin%252fa',
  '/admin%zz',
  '/admin/%',
  '/admin%0',
  '/%61dmin/%zz',
  '/admin/%u0041',
  '/%00/../admin',
  '/admin#',
  '/admin/../admin/',
  '/%41DMIN',
  '/a%2f%2e%2e/admin',
  '///admin',
];

onEach('no other spelling of a protected path gets past it, nor of a host', (engine) =>
  running(engine, ['web'], guarded(PATHS), async ({ ask, requests }) => {
    for (const path of DISGUISED) {
      const { status } = await ask('example.org', '/', '--request-target', path);
      expect([path, [400, 401, 404].includes(status)]).toEqual([path, true]);
    }
    for (const host of [
      '[stage.example.org]',
      'x@stage.example.org',
      'stage.example.org/x',
      'stage.example.org, example.org',
    ])
      expect([host, (await ask('example.org', '/', '-H', `Host: ${host}`)).status]).toEqual([host, 400]);
    const absolute = await ask('example.org', '/', '--request-target', 'http://example.org/admin/');
    expect(absolute.status).toBe(401);
    for (const host of [
      'stage.example.org',
      'STAGE.example.org',
      'stage.example.org.',
      'stage.example.org:80',
      'a.lab.example.org',
    ])
      expect([host, (await ask(host, '/')).status]).toEqual([host, 401]);
    expect(requests).toEqual([]);
    // Others are as free as before.
    for (const path of [
      '/',
      '/administrator',
      '/admin.html',
      '/admin-2/',
      '/a/admin',
      '/wiki/A%2FB',
      '/wiki/C%23',
      '/a//b',
      '/?a=//b\\c#..',
    ])
      expect([path, (await ask('example.org', path, '--request-target', path.replace('#', '%23'))).status]).toEqual([
        path,
        200,
      ]);
    for (const host of ['lab.example.org', 'a_b.example.org:80', '[2001:db8::1]:80'])
      expect([host, (await ask('example.org', '/', '-H', `Host: ${host}`)).status]).toEqual([host, 200]);
  }),
);

onEach('the most specific one has its own users, who may change without a restart', (engine) =>
  running(engine, ['web'], guarded(PATHS), async ({ ask, root }) => {
    const status = async (path: string, password: string) =>
      (await ask('example.org', path, '-u', `eve:${password}`)).status;
    const line = (await usersOf('new')).replace('admin', 'eve').trimEnd();
    const hash = spawnSync('openssl', ['passwd', '-5', 'old'], { encoding: 'utf8' }).stdout.trim();
    writeUsers(root, 'others', `# no user\n\r\n${line}\r\neve:${hash}\nbad line\nmallory:{PLAIN}x\n`);
    for (let left = 50; left > 0 && (await status('/admin/x+y/', 'new')) !== 200; left--) await sleep(100);
    expect(await status('/admin/x+y/', 'new')).toBe(200);
    expect(await status('/admin/', 'new')).toBe(401);
    expect(await status('/admin/xxy/', 'new')).toBe(401);
  }),
);

TOOLS.nginx('nginx: protects static files, too, and shows its own pages to everyone', () =>
  running(
    'nginx',
    ['web'],
    guarded([{}], { staticFiles: [StaticFiles.fromText({ '/a.txt': 'a' })], errorPage: 'away' }),
    async ({ ask, stop }) => {
      expect((await ask('example.org', '/a.txt')).status).toBe(401);
      expect((await ask('example.org', '/a.txt', ...ADMIN)).status).toBe(404);
      stop('web');
      expect((await ask('example.org', '/', ...ADMIN)).body).toBe('away');
      expect((await ask('example.org', '/')).status).toBe(401);
    },
  ),
);

onEach('a closed site asks for no password', (engine) =>
  running(engine, ['web'], guarded([{}], { maintenancePage: 'closed' }), async ({ ask }) => {
    const { status, body } = await ask('example.org', '/');
    expect([status, body]).toEqual([503, 'closed']);
  }),
);

TOOLS.haproxy('haproxy: says which line of a Secret it cannot take, and not what is in it', () =>
  running('haproxy', ['web'], guarded([{}]), async ({ root }) => {
    writeUsers(root, 'dfw-lb-users', 'a:$apr1$x$y\nb:secret\n');
    await sleep(1500);
    expect(readFileSync(join(root, 'users.cfg'), 'utf8')).toBe('userlist dfw-lb-users\n');
  }),
);

testWith('openssl')('a made password is hashed as crypt(3) does', async () => {
  for (const password of ['a', 'open sesame', 'x'.repeat(32), 'ä'.repeat(70)]) {
    const salt = 'rounds=1000$abcdefghABCDEFGH';
    const { stdout } = spawnSync('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', password, `$6$${salt}`], {
      encoding: 'utf8',
    });
    expect(sha512Crypt(password, 'abcdefghABCDEFGH')).toBe(stdout);
  }
  const secret = { name: 'users', namespaces: [], keys: { auth: 'users' as const } };
  const { auth, password } = await newValues(secret);
  const [, salt] = /^admin:\$6\$rounds=1000\$(\w{16})\$\S{86}\n$/.exec(auth!)!;
  expect(auth).toBe(`admin:${sha512Crypt(password!, salt!)}\n`);
  expect(password).toMatch(/^\w{32}$/);
  expect(keysOf(secret)).toEqual(['auth', 'password']);
  expect(originsOf(secret, ['auth', 'password'])).toBe('random: auth, password');
  // A file that somebody has put there has other passwords.
  expect(keysOf(secret, { auth: '' })).toEqual(['auth']);
});

test('the Secrets are named, the own one is made and others are not, and only users are mounted', () => {
  const all = synth(routedBalancer(['web'], guarded(PATHS)));
  const required = find(all, 'ConfigMap', 'required-secrets').data;
  expect(JSON.parse(required['dfw-lb-users'])).toEqual({ namespaces: ['dfw'], keys: { auth: 'users' } });
  expect(JSON.parse(required['others'])).toEqual({ namespaces: ['dfw'], keys: { auth: 'given' } });
  const [set] = ofKind(all, 'StatefulSet').filter(({ metadata }) => metadata.name === 'dfw-lb');
  expect(set.spec.template.spec.volumes).toContainEqual({
    name: 'users',
    projected: {
      sources: ['dfw-lb-users', 'others'].map((name) => ({
        secret: { name, items: [{ key: 'auth', path: `${name}/auth` }] },
      })),
    },
  });
});

test.each<[string, ProtectedPath[], string]>([
  ['none', [], "'protectedPaths' is []: name one or more, or leave it out"],
  [
    'a path with a percent sign',
    [{ path: '/%61' }],
    "'protectedPaths.path' is '/%61': write a path of 200 or fewer letters, digits and '._~@+,-', such as '/admin/'",
  ],
  [
    'a host with a port',
    [{ host: 'a.example.org:80' }],
    "'protectedPaths.host' is 'a.example.org:80': write a host in lower case without a port, such as 'api.example.org' or '*.example.org'",
  ],
  [
    'a path twice',
    [{ path: '/a' }, { path: '/A/' }],
    "'protectedPaths' is '/A': it is there twice; leave one of them out",
  ],
  [
    'a name that is none',
    [{ secret: 'A' }],
    "'protectedPaths.secret' is 'A': write a name of lower-case letters, digits, '-' and '.'",
  ],
])('%s is an error', (_, paths, message) => {
  expect(problems(routedBalancer(['web'], guarded(paths)))).toEqual([`[dfw/lb] ${message}`]);
});
