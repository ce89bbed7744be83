import { Duration, Size } from 'cdk8s';
import { api, newSamples } from './input-samples';
import { Manifest, find, synth } from './support';
import { refuses, saidOf } from './wrong-values';

refuses('WebTier', [
  [
    'RAM in quotes of bytes',
    () => ({ ram: '536870912' }),
    "'ram' is '536870912': write an amount of memory or disk, such as Size.mebibytes(536870912)",
  ],
  [
    'RAM as a number of bytes',
    () => ({ ram: 536870912 }),
    "'ram' is 536870912: write an amount of memory or disk, such as Size.mebibytes(536870912)",
  ],
  [
    'part of a MiB',
    () => ({ ram: Size.mebibytes(200.5) }),
    "'ram' is 200.5 MiB: write whole MiB, as Size.mebibytes(201)",
  ],
  ['half a slice', () => ({ slices: 1.5 }), "'slices' is 1.5: write a whole number from 1 to 999"],
  ['a billion slices', () => ({ slices: 1e9 }), "'slices' is 1000000000: write a whole number from 1 to 999"],
  ['slices as true', () => ({ slices: true }), "'slices' is true: write a number"],
  [
    'an image without a tag',
    () => ({ image: 'wiki' }),
    "'image' is 'wiki': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'an image that changes',
    () => ({ image: 'wiki:latest' }),
    "'image' is 'wiki:latest': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'an image by its URL',
    () => ({ image: 'https://registry/x:1' }),
    "'image' is 'https://registry/x:1': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'a health path with a space',
    () => ({ healthPath: '/a b' }),
    "'healthPath' is '/a b': write a path of a URL, such as '/healthy', with other characters as '%20'",
  ],
  [
    'an environment as a list',
    () => ({ environment: ['A=b'] }),
    "'environment' is ['A=b']: write names and values in braces, as in { 'NAME': 'text' }",
  ],
  [
    'an empty variable name',
    () => ({ environment: { '': 'x' } }),
    "'environment' is '': write letters, digits and '_', '-', '.', not starting with a digit",
  ],
  [
    'a NUL in a variable',
    () => ({ environment: { A: 'x\0' } }),
    "'environment.A' is 'x\\u0000': no process can be given a NUL; leave it out, or put it into a file",
  ],
  [
    'a file by a relative path',
    () => ({ files: { 'etc/x': 'y' } }),
    "'files' is 'etc/x': write a file's whole path, as '/etc/site.conf'",
  ],
  [
    'a file that is a folder, too',
    () => ({ files: { '/a': 'x', '/a/b': 'y' } }),
    "'files' is '/a': it is a folder, as there is '/a/b'; write another path",
  ],
  ['a file as bytes', () => ({ files: { '/etc/x': Buffer.from('a') } }), "'files./etc/x' is a: write text"],
  [
    'one key of a Secret as text',
    () => ({ secrets: { app: 'KEY' } }),
    "'secrets.app' is 'KEY': write a list, as ['KEY']",
  ],
  ['a Secret without keys', () => ({ secrets: { app: [] } }), "'secrets.app' is []: name its keys, as in ['PASSWORD']"],
  [
    'a key that no variable can have',
    () => ({ secrets: { app: ['a b'] } }),
    "'secrets.app' is 'a b': write letters, digits and '_', '-', '.', not starting with a digit",
  ],
  [
    'a secret file without its key',
    () => ({ secretFiles: { '/etc/k': { secret: 'app' } } }),
    "'secretFiles./etc/k.key' is undefined: it is missing; write text",
  ],
  [
    'a mode of a secret file',
    () => ({ secretFiles: { '/etc/k': { secret: 'app', key: 'k', mode: 1 } } }),
    "'secretFiles./etc/k.mode' is 1: there is no property of this name; leave it out, or write one of: …",
  ],
  [
    'a scale that never grows',
    () => ({ scaling: { max: 1 } }),
    "'scaling.max' is 1: write more than the 2 slices that there always are",
  ],
  [
    'a lower bound of its scale',
    () => ({ scaling: { max: 4, min: 1 } }),
    "'scaling.min' is 1: there is no property of this name; leave it out, or write one of: …",
  ],
  [
    'a command in one text',
    () => ({ migrate: 'php migrate.php' }),
    "'migrate' is 'php migrate.php': write a list, as ['php', 'migrate.php']",
  ],
  [
    'an Apache by its name',
    () => ({ server: 'apache' }),
    "'server' is 'apache': write WebServer.apache(…) or WebServer.httpd(…) or WebServer.phpFpm(…) or WebServer.program(…)",
  ],
  [
    'an Apache as a function',
    () => ({ server: api.WebServer.apache }),
    "'server' is the function : write WebServer.apache(…) or WebServer.httpd(…) or WebServer.phpFpm(…) or WebServer.program(…)",
  ],
  [
    'a port above all',
    () => ({ server: api.WebServer.apache({ port: 70000 }) }),
    "'server.port' is 70000: write a port, from 1 to 65535",
  ],
  [
    'the exporter’s port',
    () => ({ server: api.WebServer.apache({ port: 9117 }) }),
    "'server.port' is 9117: Apache tells of its workers there; write another",
  ],
]);

refuses('WebTier', [
  [
    'an image whose tag was not set',
    () => ({ image: 'registry.example.org/forum:undefined' }),
    "'image' is 'registry.example.org/forum:undefined': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'an image of a name that is too long',
    () => ({ image: `registry.example.org/${'a/'.repeat(5)}${'b'.repeat(240)}:1` }),
    expect.stringMatching(/^'image' is .*: write a name with a tag or digest that stays, such as 'nginx:1.30'$/),
  ],
  [
    'a file in place of a device',
    () => ({ files: { '/dev/null': 'x' } }),
    "'files' is '/dev/null': write a file's whole path, as '/etc/site.conf'",
  ],
  [
    'a Secret of a name that is too long',
    () => ({ secrets: { ['a'.repeat(250)]: ['KEY'] } }),
    expect.stringMatching(/^'secrets' is .* has 254 characters; shorten it to 253 or fewer$/),
  ],
  [
    'a migration in a MiB',
    () => ({ migrate: ['x'], migration: { ram: Size.mebibytes(1) } }),
    "'migration.ram' is 1 MiB: no program runs in less; write Size.mebibytes(16) or more",
  ],
  [
    'a trillion tries',
    () => ({ migrate: ['x'], migration: { retries: 1e12 } }),
    "'migration.retries' is 1000000000000: write a whole number from 0 to 2147483647",
  ],
  [
    'a migration for longer than Kubernetes counts',
    () => ({ migrate: ['x'], migration: { timeout: Duration.days(1e8) } }),
    "'migration.timeout' is 8640000000000 s: write Duration.days(24855) or less",
  ],
  [
    'a time whose number is a text',
    () => ({ migrate: ['x'], migration: { timeout: Duration.seconds('60' as never) } }),
    "'migration.timeout' is an amount of '60': write a number in it, such as Duration.seconds(60)",
  ],
  [
    'no time to end',
    () => ({ server: api.WebServer.program({ port: 8080, grace: Duration.seconds(0) }) }),
    "'server.grace' is 0 s: write a second or more",
  ],
  [
    'more connections than a database has',
    () => ({ server: api.WebServer.program({ port: 8080, connections: 1e9 }) }),
    "'server.connections' is 1000000000: write a whole number from 0 to 100000",
  ],
  [
    'a NUL in Apache’s directives',
    () => ({ server: api.WebServer.apache({ directives: 'a\0' }) }),
    "'server.directives' is 'a\\u0000': write text without control characters",
  ],
  [
    'a brace too many in nginx’ directives',
    () => ({ server: api.WebServer.phpFpm({ directives: 'location /x { deny all; } }' }) }),
    "'server.directives' is 'location /x { deny all; } }': each '{' needs its '}', and no other; nginx would not start",
  ],
  [
    'an IPv4 network in the form of IPv6',
    () => ({ egress: [api.Egress.network('::ffff:10.0.0.0/104', 25)] }),
    "'egress' is '::ffff:10.0.0.0/104': write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'",
  ],
  [
    'a network with a zone',
    () => ({ egress: [api.Egress.network('fe80::1%eth0/64', 25)] }),
    "'egress' is 'fe80::1%eth0/64': write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'",
  ],
  [
    'workers that wait for it twice',
    ({ jobs }) => ({ migrate: ['x'], migration: { before: [jobs, jobs] } }),
    "'migration.before[1]' is dfw/jobs: it is there twice; leave one of them out",
  ],
]);

test('braces of nginx in quotes, comments and variables need no other', () => {
  const directives = `if ($x ~ "^[0-9]{2}$") { return 403; } # }\nset $y "\\"}"; add_header X '\${z}}';`;
  expect(saidOf('WebTier', () => ({ server: api.WebServer.phpFpm({ directives }) }))).toEqual([]);
});

test('workers wait for the migrations of two tiers, each by a variable of its own', () => {
  const { site, jobs } = newSamples();
  for (const id of ['one', 'two'])
    new api.WebTier(site, id, {
      ram: Size.mebibytes(512),
      image: 'x:1',
      migrate: ['x'],
      migration: { before: [jobs] },
    });
  const { env } = find(synth(site), 'Deployment', 'dfw-jobs').spec.template.spec.containers[0];
  const waits = env.filter(({ name }: { name: string }) => name.startsWith('SLICES_MIGRATED'));
  expect(waits.map((each: Manifest) => [each.name, each.valueFrom.configMapKeyRef.name])).toEqual([
    ['SLICES_MIGRATED', 'dfw-one-migrated'],
    ['SLICES_MIGRATED_2', 'dfw-two-migrated'],
  ]);
});
