import { ApiObject, Duration, Size } from 'cdk8s';
import { api, newSamples } from './input-samples';
import { problems } from './support';

/** Wrong inputs from a program without a compiler, with the one sentence that each gets. */

const ram = Size.mebibytes(512);
const image = 'registry.example.org/forum:1';
const worker = { name: 'mail', command: ['mail'] };

type Samples = ReturnType<typeof newSamples>;
type Case = [what: string, props: (samples: Samples) => object, message: string];

/** The properties that each role needs beside the wrong one. */
const NEEDED: Record<string, (samples: Samples) => object> = {
  WebTier: () => ({ ram, image }),
  CachePool: () => ({ ram }),
  JobWorkers: ({ queue }) => ({ ram, image, queue }),
  ReplicatedMySQL: () => ({ ram, databases: ['a'], durability: api.Durability.REQUIRED }),
  Balancer: ({ web }) => ({ ram, web }),
  MailIntake: ({ jobs }) => ({ ram, handler: api.MailHandler.queue(jobs, 'mail') }),
  Admin: () => ({ ram }),
  BlobStore: () => ({ ram, engine: api.BlobEngine.garage() }),
  Heartbeat: ({ blobs }) => ({ statefulSet: blobs.statefulSet, checkPort: 80 }),
  OwnWorkload: ({ statefulSet }) => ({ workload: statefulSet }),
};

/** The errors of a site in which one role has a wrong property. */
function saidOf(role: string, props: Case[1]): string[] {
  const samples = newSamples();
  const scope = role === 'Heartbeat' ? samples.site.chart : samples.site;
  new api[role](scope, 'made', { ...NEEDED[role]?.(samples), ...props(samples) });
  // Each new property is in the list of all.
  const shortened = (line: string) => line.replace(/(?<=write one of:).*/, ' …').replace(/^\[\S*made\] /, '');
  return problems(samples.site).map(shortened);
}

test('a private constructor, an id of nothing and a scope without a site are errors', () => {
  const { app, site } = newSamples();
  expect(() => new api.WebServer({ port: 80 })).toThrow('new WebServer: its constructor is private; write WebServer.');
  expect(() => new api.CachePool(app, 'memc', { ram })).toThrow('memc: it has to be made in a Site');
  expect(() => api.Site.of(app)).toThrow('App: it has to be made in a Site');
  new api.CachePool(site, '', { ram });
  expect(problems(site)).toEqual(["[dfw/CachePool] 'id' is '': write a name, such as 'web'"]);
});

test('a folder that is none, or no folder, is an error that names it', () => {
  for (const folder of ['/nope', __filename])
    expect(() => api.Files.ofFolder(folder, '/x')).toThrow(
      `Files.ofFolder: 'folder' is '${folder}': write a folder's path, as seen from ${process.cwd()}`,
    );
});

test('a Heartbeat outside of a Chart, and a cluster without DNS, are errors', () => {
  const { site, blobs } = newSamples();
  new api.Heartbeat(site, 'made', { statefulSet: blobs.statefulSet, checkPort: 80 });
  expect(problems(site)).toEqual([
    "[dfw/made] 'scope' is dfw: make it in a Chart, such as that of its StatefulSet or site.chart",
  ]);
  const ams = new api.Site(newSamples().app, 'ams', {
    domain: 'example.org',
    cluster: { dnsPods: [], dnsAddresses: [] },
  });
  expect(problems(ams)).toEqual([
    "[ams] 'cluster.dnsPods' is []: nothing answers DNS then; name its pods, or dnsAddresses",
  ]);
});

test.each<Case>([
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
  ['a command of nothing', () => ({ migrate: [''] }), "'migrate' is ['']: write the program that it runs"],
  [
    'one toleration without a list',
    () => ({ scheduling: { tolerations: { key: 'a' } } }),
    "'scheduling.tolerations' is { key }: write a list, as [{ … }]",
  ],
  [
    'a misspelt effect',
    () => ({ scheduling: { tolerations: [{ key: 'a', effect: 'noschedule' }] } }),
    "'scheduling.tolerations' is 'noschedule': write NoSchedule, PreferNoSchedule or NoExecute, or leave the effect out",
  ],
  [
    'a misspelt affinity',
    () => ({ scheduling: { affinity: { nodeAffinty: {} } } }),
    "'scheduling.affinity.nodeAffinty' is {  }: there is no property of this name; did you mean 'nodeAffinity'? Otherwise leave it out",
  ],
  [
    'CPU as Kubernetes writes it',
    () => ({ resources: { cpuLimit: '500m' } }),
    "'resources.cpuLimit' is '500m': write Cpu.millis(…) or Cpu.cores(…) or Cpu.millisPerGibibyte(…)",
  ],
  [
    'more CPU than its limit',
    () => ({ resources: { cpuRequest: api.Cpu.cores(2), cpuLimit: api.Cpu.cores(1) } }),
    "'resources.cpuLimit' is 1000 m: a slice asks for 2000 m; write Cpu.millis(2000) or more",
  ],
  [
    'Kubernetes’ limits',
    () => ({ resources: { limits: { cpu: '1' } } }),
    "'resources.limits' is { cpu }: there is no property of this name; leave it out, or write one of: …",
  ],
  [
    'a label that the library writes',
    () => ({ metadata: { labels: { 'app.kubernetes.io/name': 'x' } } }),
    "'metadata.labels' is 'app.kubernetes.io/name': the library itself writes it; leave it out",
  ],
  [
    'a label too long',
    () => ({ metadata: { labels: { app: 'x'.repeat(64) } } }),
    "'metadata.labels.app' is 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': write up to 63 letters and digits, with hyphens, dots and underscores between them",
  ],
  [
    'a number as a label',
    () => ({ metadata: { labels: { app: 5 } } }),
    "'metadata.labels.app' is 5: write text, as '5'",
  ],
  [
    'pull Secrets as Kubernetes has them',
    () => ({ images: { pullSecrets: [{ name: 'x' }] } }),
    "'images.pullSecrets.x' is { name }: write text, as 'x'",
  ],
  [
    'a registry by its URL',
    () => ({ images: { registryMirrors: { 'https://docker.io': 'x.org' } } }),
    "'images.registryMirrors' is 'https://docker.io': write a registry's host, such as 'docker.io'",
  ],
  [
    'a mount without its volume',
    () => ({ pods: { mounts: [{ name: 'nope', mountPath: '/x' }] } }),
    "'pods.mounts' is 'nope': there is no such volume; name one of 'pods.volumes'",
  ],
  [
    'a sidecar larger than the slice',
    () => ({ pods: { sidecars: [{ name: 'a', image, ram: Size.mebibytes(600) }] } }),
    "'ram' is 512 MiB: Apache, two workers and the sidecars need 712 MiB; write that or more, or a smaller workerRam",
  ],
  [
    'a sidecar with the engine’s name',
    () => ({ pods: { sidecars: [{ name: 'apache', image, ram: Size.mebibytes(16) }] } }),
    "'pods.sidecars' is 'apache': the library has one of that name in this pod; write another",
  ],
  [
    'a sidecar as root',
    () => ({ pods: { sidecars: [{ name: 'a', image, ram: Size.mebibytes(16), user: 0 }] } }),
    "'pods.sidecars.a.user' is 0: write the number of a user that is not root, from 1 to 2147483647",
  ],
  [
    'a host alias without names',
    () => ({ pods: { hostAliases: [{ ip: '192.0.2.7' }] } }),
    "'pods.hostAliases' is '192.0.2.7': give it names, as hostnames: ['db.example.org']",
  ],
  [
    'a host alias with a space in its name',
    () => ({ pods: { hostAliases: [{ ip: '192.0.2.7', hostnames: ['a b'] }] } }),
    "'pods.hostAliases' is 'a b': write a name of lower-case letters, digits, '-' and '.'",
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
  ['what it uses as text', () => ({ uses: 'db' }), "'uses' is 'db': write a list, as [db]"],
  [
    'a storage class with a space',
    () => ({ storageClassName: 'A B' }),
    "'storageClassName' is 'A B': write a name of lower-case letters, digits, '-' and '.'",
  ],
])('a WebTier with %s is an error', (_what, props, message) => {
  expect(saidOf('WebTier', props)).toEqual([message]);
});

test.each<Case>([
  ['a hundred slices', () => ({ slices: 200 }), "'slices' is 200: write a whole number from 1 to 99"],
  [
    'items larger than a slice',
    () => ({ largestItem: Size.mebibytes(600) }),
    "'largestItem' is 600 MiB: memcached counts in 512 KiB, and one item takes at most half of what is for all; write a multiple of that up to Size.kibibytes(205312)",
  ],
  [
    'too little RAM',
    () => ({ ram: Size.mebibytes(1) }),
    "'ram' is 1 MiB: memcached itself takes half of that; write Size.mebibytes(128) or more",
  ],
])('a CachePool with %s is an error', (_what, props, message) => {
  expect(saidOf('CachePool', props)).toEqual([message]);
});

test.each<Case>([
  [
    'no workers',
    () => ({ workers: [] }),
    "'workers' is []: name one or more, as in [{ name: 'email', command: ['…'] }]",
  ],
  [
    'one worker without a list',
    () => ({ workers: { name: 'a', command: ['b'] } }),
    "'workers' is { name, command }: write a list, as [{ name: 'text', command: ['text'] }]",
  ],
  [
    'two workers of one name',
    () => ({ workers: [worker, worker] }),
    "'workers.name' is 'mail': there are two of that name; give each kind a name of its own",
  ],
  [
    'part of a worker',
    () => ({ workers: [{ ...worker, count: 1.5 }] }),
    "'workers.mail.count' is 1.5: write 1 or more",
  ],
  [
    'a grace in seconds',
    () => ({ workers: [{ ...worker, grace: 5 }] }),
    "'workers.mail.grace' is 5: write a time, such as Duration.seconds(5)",
  ],
  [
    'replicas of a worker',
    () => ({ workers: [{ ...worker, replicas: 2 }] }),
    "'workers.mail.replicas' is 2: there is no property of this name; leave it out, or write one of: …",
  ],
  [
    'a worker larger than the slice',
    () => ({ workers: [{ ...worker, ram: Size.gibibytes(9) }] }),
    "'workers' is 9216 MiB: mail 1 × 9216, and the slice has 512; write less RAM, fewer workers or more slices",
  ],
  [
    'root',
    () => ({ workers: [worker], user: 0 }),
    "'user' is 0: write the number of a user that is not root, from 1 to 2147483647",
  ],
  [
    'a user below root',
    () => ({ workers: [worker], user: -1 }),
    "'user' is -1: write the number of a user that is not root, from 1 to 2147483647",
  ],
  [
    'a user beyond all',
    () => ({ workers: [worker], user: 1e12 }),
    "'user' is 1000000000000: write the number of a user that is not root, from 1 to 2147483647",
  ],
  [
    'a way out by its name',
    () => ({ workers: [worker], egress: ['https'] }),
    "'egress[0]' is 'https': write Egress.smtp(…) or Egress.submission(…) or Egress.http(…) or Egress.https(…) or Egress.port(…) or Egress.network(…)",
  ],
  [
    'a way out without a list',
    () => ({ workers: [worker], egress: api.Egress.https() }),
    "'egress' is an object of Egress: write a list, as [Egress.smtp(…)]",
  ],
  [
    'a port of nothing',
    () => ({ workers: [worker], egress: [api.Egress.port(0)] }),
    "'egress' is 0: write a port, from 1 to 65535",
  ],
  [
    'a name as a network',
    () => ({ workers: [worker], egress: [api.Egress.network('example.org', 443)] }),
    "'egress' is 'example.org': write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'",
  ],
  [
    'a queue by its name',
    () => ({ workers: [worker], queue: 'theschwartz' }),
    "'queue' is 'theschwartz': write JobQueue.theSchwartz(…) or JobQueue.table(…) or JobQueue.redisList(…)",
  ],
])('a JobWorkers with %s is an error', (_what, props, message) => {
  expect(saidOf('JobWorkers', props)).toEqual([message]);
});

test.each<Case>([
  ['no databases', () => ({ databases: [] }), "'databases' is []: name one or more, as in ['wiki']"],
  [
    'a database of the server',
    () => ({ databases: ['mysql'] }),
    "'databases' is 'mysql': write up to 64 lower-case letters, digits and underscores, and none that is taken, as mysql, sys and slices are",
  ],
  [
    'a volume that its empty tables fill',
    () => ({ storage: Size.mebibytes(10) }),
    "'storage' is 10 MiB: empty tables and the redo log take half of that; write Size.mebibytes(382) or more",
  ],
  [
    'a volume in quotes',
    () => ({ storage: '20Gi' }),
    "'storage' is '20Gi': write an amount of memory or disk, such as Size.gibibytes(20)",
  ],
  ['a failover as a time', () => ({ failover: Duration.seconds(4) }), "'failover' is 4 s: write Heartbeat.within(…)"],
  [
    'a failover of nothing',
    () => ({ failover: api.Heartbeat.within(Duration.seconds(0)) }),
    "'failover' is '0 s': a lease has whole seconds, at least one, and traffic takes up to another to follow; write Heartbeat.within(Duration.seconds(2)), up to 60",
  ],
  [
    'an account by its name',
    () => ({ accounts: ['reader'] }),
    "'accounts[0]' is 'reader': write an object in braces with name",
  ],
  [
    'an account of an unknown database',
    () => ({ accounts: [{ name: 'r', databases: ['nope'] }] }),
    "'accounts.r.databases' is 'nope': name databases of the pair: a",
  ],
  [
    'a misspelt right',
    () => ({ accounts: [{ name: 'r', readonly: true }] }),
    "'accounts.r.readonly' is true: there is no property of this name; did you mean 'readOnly'? Otherwise leave it out",
  ],
  ['TLS as true', () => ({ tls: true }), "'tls' is true: write an object in braces with any of secret, required"],
  [
    'a setting as a number',
    () => ({ settings: { max_connections: 100 } }),
    "'settings.max_connections' is 100: write text, as '100'",
  ],
  [
    'a setting that a pair works by',
    () => ({ settings: { server_id: '1' } }),
    "'settings.server_id' is '1': a pair works by it; leave it out",
  ],
  [
    'a pool larger than its RAM',
    () => ({ settings: { innodb_buffer_pool_size: '100G' } }),
    "'settings.innodb_buffer_pool_size' is '100G': of 464 MiB mysqld and 39 connections at work take 191, and the pool has the rest; write less of it, or more ram",
  ],
  [
    'an engine by its name',
    () => ({ engine: 'pair' }),
    "'engine' is 'pair': write MySQLEngine.pair(…) or MySQLEngine.innoDBCluster(…)",
  ],
  [
    'three slices',
    () => ({ slices: 3 }),
    "'slices' is 3: there is no property of this name; leave it out, or write one of: …",
  ],
])('a ReplicatedMySQL with %s is an error', (_what, props, message) => {
  expect(saidOf('ReplicatedMySQL', props)).toEqual([message]);
});

test.each<Case>([
  ['a web tier by its name', () => ({ web: 'web' }), "'web' is 'web': write a WebTier, as new WebTier(…) makes it"],
  [
    'an address that is a name',
    () => ({ address: 'lb.example.org' }),
    "'address' is 'lb.example.org': write an IPv4 address, such as '203.0.113.7'",
  ],
  [
    'an engine by its name',
    () => ({ engine: 'nginx' }),
    "'engine' is 'nginx': write BalancerEngine.nginx(…) or BalancerEngine.perlbal(…) or BalancerEngine.haproxy(…)",
  ],
  [
    'a misspelt image',
    () => ({ engine: api.BalancerEngine.haproxy({ imag: 'x:1' }) }),
    "'engine.imag' is 'x:1': there is no property of this name; did you mean 'image'? Otherwise leave it out",
  ],
  [
    'static files by their path',
    () => ({ staticFiles: ['/x'] }),
    "'staticFiles[0]' is '/x': write StaticFiles.fromImage(…) or StaticFiles.fromText(…)",
  ],
  [
    'static files of no path',
    () => ({ staticFiles: [api.StaticFiles.fromImage('x:1', '/www', { paths: [] })] }),
    "'staticFiles' is []: it serves nothing; name one or more, as in ['/static/']",
  ],
  [
    'static files of a relative folder',
    () => ({ staticFiles: [api.StaticFiles.fromImage('x:1', 'www')] }),
    "'staticFiles' is 'www': write a folder's whole path, as '/var/www/html'",
  ],
  [
    'bodies of nothing',
    () => ({ largestBody: Size.mebibytes(0) }),
    "'largestBody' is 0 MiB: write whole KiB, as Size.kibibytes(1)",
  ],
  [
    'a mode by the name of its enum',
    () => ({ mode: 'ALL_ACTIVE' }),
    "'mode' is 'ALL_ACTIVE': write HeartbeatMode.ONE_ACTIVE or HeartbeatMode.ALL_ACTIVE",
  ],
  ['TLS in quotes', () => ({ tls: 'true' }), "'tls' is 'true': write true or false"],
])('a Balancer with %s is an error', (_what, props, message) => {
  expect(saidOf('Balancer', props)).toEqual([message]);
});

test.each<Case>([
  ['no domains', () => ({ domains: [] }), "'domains' is []: name the domains that mail is received for"],
  [
    'a mailbox as a domain',
    () => ({ domains: ['@example.org'] }),
    "'domains' is '@example.org': write a domain in lower case, such as 'example.org'",
  ],
  [
    'a recipient of another domain',
    () => ({ recipients: ['a@other.org'] }),
    "'recipients' is 'a@other.org': its domain is none of example.org; add it to domains",
  ],
  ['an expression as a pattern', () => ({ recipientPatterns: [/x/] }), "'recipientPatterns[0]' is /x/: write text"],
  [
    'connections below nothing',
    () => ({ connectionsPerMinute: -1 }),
    "'connectionsPerMinute' is -1: write 1 or more; 0 would mean no limit",
  ],
  [
    'a volume that one message fills',
    () => ({ storage: Size.mebibytes(1) }),
    "'storage' is 1 MiB: two of the largest messages have to fit in it; write Size.mebibytes(16) or more",
  ],
  [
    'a handler without a command',
    () => ({ handler: api.MailHandler.command({ command: [] }) }),
    "'handler.command' is []: write the program that takes the messages",
  ],
  [
    'a handler with an image',
    () => ({ handler: api.MailHandler.command({ command: ['x'], image: 'y:1' }) }),
    "'handler.image' is 'y:1': there is no property of this name; leave it out, or write one of: …",
  ],
])('a MailIntake with %s is an error', (_what, props, message) => {
  expect(saidOf('MailIntake', props)).toEqual([message]);
});

test.each<Case>([
  [
    'a time as Prometheus writes it',
    () => ({ retention: '30d' }),
    "'retention' is '30d': write a time, such as Duration.seconds(30)",
  ],
  [
    'part of an hour',
    () => ({ retention: Duration.minutes(30) }),
    "'retention' is 1800 s: write whole hours, as Duration.hours(1)",
  ],
  [
    'an image without a tag',
    () => ({ image: 'prom/prometheus' }),
    "'image' is 'prom/prometheus': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'two slices',
    () => ({ slices: 2 }),
    "'slices' is 2: there is no property of this name; leave it out, or write one of: …",
  ],
])('a Admin with %s is an error', (_what, props, message) => {
  expect(saidOf('Admin', props)).toEqual([message]);
});

test.each<Case>([
  [
    'an engine by its name',
    () => ({ engine: 'garage' }),
    "'engine' is 'garage': write BlobEngine.mogileFs(…) or BlobEngine.garage(…)",
  ],
  ['one slice', () => ({ slices: 1 }), "'slices' is 1: every file is on two slices; write 2 or more"],
  [
    'a bucket in capitals',
    () => ({ engine: api.BlobEngine.garage({ bucket: 'A' }) }),
    "'engine.bucket' is 'A': write 3 to 63 lower-case letters, digits and hyphens, with no hyphen at an end",
  ],
  [
    'an engine without its database',
    () => ({ engine: api.BlobEngine.mogileFs() }),
    "'engine.props' is undefined: it is missing; write an object in braces with database",
  ],
])('a BlobStore with %s is an error', (_what, props, message) => {
  expect(saidOf('BlobStore', props)).toEqual([message]);
});

test.each<Case>([
  ['a port in quotes', () => ({ checkPort: '80' }), "'checkPort' is '80': write a number, as 80 without quotes"],
  [
    'a Service by its name',
    () => ({ service: 'x' }),
    "'service' is 'x': write an object in braces with any of allocateLoadBalancerNodePorts, clusterIp, clusterIPs, externalIPs, externalName, externalTrafficPolicy, healthCheckNodePort, internalTrafficPolicy, ipFamilies, ipFamilyPolicy, loadBalancerClass, loadBalancerIp, loadBalancerSourceRanges, ports, publishNotReadyAddresses, selector, sessionAffinity, sessionAffinityConfig, trafficDistribution, type",
  ],
  [
    'a misspelt Service',
    () => ({ service: { port: 80 } }),
    "'service.port' is 80: there is no property of this name; did you mean 'ports'? Otherwise leave it out",
  ],
  [
    'an empty StatefulSet',
    ({ statefulSet }) => ({ statefulSet: statefulSet }),
    "'statefulSet' is '0000-dfw-site-set-c83c008a': give it spec.selector.matchLabels and spec.template.spec.containers",
  ],
  [
    'another kind',
    ({ site }) => ({ statefulSet: new ApiObject(site.chart, 'd', { apiVersion: 'apps/v1', kind: 'Deployment' }) }),
    "'statefulSet' is 'Deployment': write a StatefulSet, whose pods keep their names",
  ],
])('a Heartbeat with %s is an error', (_what, props, message) => {
  expect(saidOf('Heartbeat', props)).toEqual([message]);
});

test.each<Case>([
  ['its name', () => ({ workload: 'x' }), "'workload' is 'x': write a construct, such as a KubeDeployment"],
  [
    'a role',
    ({ web }) => ({ workload: web }),
    "'workload' is 'dfw/web': it has none of Deployment, StatefulSet, DaemonSet, Job, CronJob; name one",
  ],
  ['one container without a list', () => ({ containers: 'x' }), "'containers' is 'x': write a list, as ['x']"],
  [
    'what it is called elsewhere',
    () => ({ deployment: 1 }),
    "'deployment' is 1: there is no property of this name; leave it out, or write one of: …",
  ],
])('a OwnWorkload with %s is an error', (_what, props, message) => {
  expect(saidOf('OwnWorkload', props)).toEqual([message]);
});
