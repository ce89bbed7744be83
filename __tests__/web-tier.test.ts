import { Size } from 'cdk8s';
import {
  CachePool,
  Durability,
  MySQLSets,
  ReplicatedMySQL,
  WebServer,
  WebTier,
  WebTierProps,
  k8s,
} from '../constructs';
import { workerLimit } from '../constructs/web/apache';
import { find, newSite, ofKind, problems, synth } from './support';

const image = 'example.org/site:1';
const ram = Size.gibibytes(1);

function tier(props: Partial<WebTierProps> = {}) {
  return new WebTier(newSite(), 'web', { ram, image, ...props });
}

function apacheOf(web: WebTier) {
  return find(synth(web), 'Deployment', 'dfw-web').spec.template.spec.containers[0];
}

test.each([
  [128, 2],
  [256, 5],
  [1024, 24],
  [16384, 408],
])('with %i MiB of RAM, %i workers of 40 MiB fit beside Apache', (mebibytes, workers) => {
  expect(workerLimit(mebibytes, 40)).toBe(workers);
});

test('the number of workers follows from the RAM and from what one takes', () => {
  const web = tier({ server: WebServer.apache({ workerRam: Size.mebibytes(100) }) });
  const config = ofKind(synth(web), 'ConfigMap').find((each) => each.metadata.name.startsWith('dfw-web-apache'));
  expect(config.data['slices.conf']).toContain('MaxRequestWorkers 9\n');
});

const directivesOf = (web: WebTier): string =>
  ofKind(synth(web), 'ConfigMap').find((each) => each.metadata.name.startsWith('dfw-web-apache')).data['slices.conf'];

test("programs in Apache get the code's variables, and none of Apache's own", () => {
  const text = directivesOf(tier({ environment: { GREETING: 'hi' }, secrets: { app: ['SESSION_KEY'] } }));
  for (const directive of ['PassEnv', 'PerlPassEnv'])
    expect([...text.matchAll(new RegExp(`^  ${directive} (.*)$`, 'gm'))].map(([, name]) => name)).toEqual([
      'GREETING',
      'SESSION_KEY',
    ]);
  expect(directivesOf(tier())).not.toContain('PassEnv');
});

test("the client's address is the balancer's word, in Apache's log and to the code", () => {
  const [text, httpd] = [tier(), tier({ server: WebServer.httpd() })].map(directivesOf) as [string, string];
  expect(text).toContain('RemoteIPHeader X-Forwarded-For\n');
  expect(text).toContain('RequestHeader set X-Forwarded-For "expr=%{REMOTE_ADDR}"\n');
  expect(text).toContain('LoadModule remoteip_module /usr/lib/apache2/modules/mod_remoteip.so\n');
  expect(httpd).toContain('LoadModule remoteip_module /usr/local/apache2/modules/mod_remoteip.so\n');
});

test('its status is at a port of its own that has nothing else, and never at the port of the site', () => {
  const config = ofKind(synth(tier()), 'ConfigMap').find((each) => each.metadata.name.startsWith('dfw-web-apache'));
  const [, host] = /<VirtualHost \*:9117>([^]*)<\/VirtualHost>/.exec(config.data['slices.conf']) ?? [];
  expect(host).toMatch(/<Location "\/">\s+Require all denied/);
  expect(config.data['slices.conf'].replace(host, '')).not.toContain('server-status');
  expect(problems(tier({ server: WebServer.apache({ port: 9117 }) }))).toEqual([
    "[dfw/web] 'server.port' is 9117: Apache tells of its workers there; write another",
  ]);
});

test('a slice leaves the balancers before it stops, and finishes what it has', () => {
  const web = tier();
  expect(apacheOf(web).lifecycle.preStop.exec.command[2]).toBe(
    'sleep 15; kill -WINCH 1; while kill -0 1; do sleep 0.2; done 2>/dev/null',
  );
  const { template } = find(synth(web), 'Deployment', 'dfw-web').spec;
  expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(15 + 20);
});

const mountsOf = (web: WebTier) =>
  apacheOf(web).volumeMounts.map((each: { mountPath: string }) => each.mountPath as string);

test("an image's own entrypoint starts Apache with the library's directives, and its links of logs stay", () => {
  const web = tier({ server: WebServer.apache({ entrypoint: true }), writable: ['/var/www/html'] });
  expect(apacheOf(web)).not.toHaveProperty('command');
  expect(apacheOf(web).args).toEqual([
    'apache2-foreground',
    '-C',
    'LimitRequestLine 65536',
    '-C',
    'LimitRequestFieldSize 65536',
    '-c',
    'Include /etc/slices/apache/*.conf',
  ]);
  expect(mountsOf(web)).toContain('/var/www/html');
  expect(mountsOf(web)).not.toContain('/var/log/apache2');
  const httpd = tier({ server: WebServer.httpd({ entrypoint: true }) });
  expect(apacheOf(httpd).args[0]).toBe('httpd-foreground');
});

test('a file may be in a folder that can be written, which the Job that prepares has, too', () => {
  const files = { '/var/www/html/robots.txt': '' };
  const web = tier({ writable: ['/var/www/html'], files, migrate: ['migrate'] });
  expect(mountsOf(web).slice(-2)).toEqual(['/var/www/html', '/var/www/html/robots.txt']);
  const [program] = ofKind(synth(web), 'Job')[0].spec.template.spec.containers;
  expect(program.volumeMounts).toContainEqual(expect.objectContaining({ mountPath: '/var/www/html' }));
});

test("Debian's PHP can write its sessions, and ends old ones by itself", () => {
  const web = tier();
  expect(mountsOf(web)).toContain('/var/lib/php/sessions');
  const config = ofKind(synth(web), 'ConfigMap').find((each) => each.metadata.name.startsWith('dfw-web-apache'));
  expect(config.data['slices.conf']).toContain('php_value session.gc_probability 1');
});

test('the logs that Debian writes to files go to standard output, and Apache gets the signals', () => {
  const [shell, , script] = apacheOf(tier()).command;
  expect(shell).toBe('/bin/sh');
  expect(script.split('\n')).toEqual([
    'ln -sf /dev/stdout /var/log/apache2/access.log',
    'ln -sf /dev/stdout /var/log/apache2/error.log',
    'ln -sf /dev/stdout /var/log/apache2/other_vhosts_access.log',
    "exec apache2 -DFOREGROUND -C 'LimitRequestLine 65536' -C 'LimitRequestFieldSize 65536' -c 'Include /etc/slices/apache/*.conf'",
  ]);
});

test('what prepares the tables runs in a Job with what the code is given, and is run again when that changes', () => {
  const jobOf = (text: string) => {
    const site = newSite();
    const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(256) });
    const files = { '/etc/site.conf': text };
    return ofKind(
      synth(new WebTier(site, 'web', { ram, image, uses: [cache], files, migrate: ['migrate'] })),
      'Job',
    )[0];
  };
  const { metadata, spec } = jobOf('a');
  const [program] = spec.template.spec.containers;
  expect(program).toMatchObject({ image, command: ['migrate'], securityContext: { runAsUser: 33 } });
  expect(program.env.map((each: { name: string }) => each.name)).toContain('MEMC_SERVERS');
  const mounts = program.volumeMounts.map((each: { mountPath: string }) => each.mountPath);
  expect(mounts).toEqual(expect.arrayContaining(['/tmp', '/etc/site.conf', '/run/slices/addresses']));
  expect(metadata.name).toMatch(/^dfw-web-migrate-/);
  expect(metadata.name).not.toBe(jobOf('b').metadata.name);
});

test('nothing is prepared unless it is asked for', () => {
  expect(ofKind(synth(tier()), 'Job')).toEqual([]);
});

test('liveness only connects, readiness asks for a page', () => {
  const { livenessProbe, readinessProbe } = apacheOf(tier({ healthPath: '/healthy' }));
  expect(livenessProbe.tcpSocket.port).toBe(80);
  expect(readinessProbe.httpGet.path).toBe('/healthy');
});

test('it runs as www-data, on the port that the image listens on', () => {
  const pod = find(synth(tier()), 'Deployment', 'dfw-web').spec.template.spec;
  expect(pod.containers[0].securityContext.runAsUser).toBe(33);
  expect(pod.securityContext.sysctls).toContainEqual({ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' });
});

test('what it uses gives it an address and opens that port, and no other', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(256) });
  const web = new WebTier(site, 'web', { ram, image, uses: [cache] });
  expect(apacheOf(web).env).toContainEqual({
    name: 'MEMC_SERVERS',
    value: '$(DFW_MEMC01_SERVICE_HOST):11211,$(DFW_MEMC02_SERVICE_HOST):11211',
  });
  const policy = find(synth(web), 'NetworkPolicy', 'dfw-web-to-dfw-memc');
  expect(policy.spec.egress[0].ports).toEqual([{ port: 11211, protocol: 'TCP' }]);
  expect(find(synth(web), 'NetworkPolicy', 'dfw-memc-from-dfw-web').spec.podSelector.matchLabels).toEqual(
    find(synth(web), 'StatefulSet', 'dfw-memc').spec.selector.matchLabels,
  );
});

test('a changed file is a new ConfigMap, and so a roll-out', () => {
  const nameWith = (text: string) => {
    const pod = find(synth(tier({ files: { '/etc/site.conf': text } })), 'Deployment', 'dfw-web').spec.template.spec;
    return pod.volumes.find((each: { name: string }) => each.name === 'files').configMap.name;
  };
  expect(nameWith('a')).not.toBe(nameWith('b'));
  expect(nameWith('a')).toBe(nameWith('a'));
});

test('a secret is named in the environment and on the list of Secrets to make, never written', () => {
  const web = tier({ secrets: { app: ['SESSION_KEY'] } });
  expect(apacheOf(web).env).toContainEqual({
    name: 'SESSION_KEY',
    valueFrom: { secretKeyRef: { name: 'dfw-app', key: 'SESSION_KEY' } },
  });
  expect(find(synth(web), 'ConfigMap', 'required-secrets').data['dfw-app']).toBe(
    '{"namespaces":["dfw"],"keys":{"SESSION_KEY":"password"}}',
  );
});

test('a secret may be a file, each in its place, whose value is never written', () => {
  const secretFiles = {
    '/etc/site/private.conf': { secret: 'app', key: 'private.conf' },
    '/etc/keys/private.conf': { secret: 'keys', key: 'signing', generate: true },
  };
  const web = tier({ secretFiles, migrate: ['migrate'] });
  const pod = find(synth(web), 'Deployment', 'dfw-web').spec.template.spec;
  const mounts = apacheOf(web).volumeMounts.filter(({ name }: { name: string }) => name === 'secret-files');
  const { sources } = pod.volumes.find(({ name }: { name: string }) => name === 'secret-files').projected;
  expect(mounts.map((each: { mountPath: string }) => each.mountPath)).toEqual(Object.keys(secretFiles));
  expect(sources).toEqual([
    { secret: { name: 'dfw-app', items: [{ key: 'private.conf', path: mounts[0].subPath }] } },
    { secret: { name: 'dfw-keys', items: [{ key: 'signing', path: mounts[1].subPath }] } },
  ]);
  expect(mounts[0].subPath).not.toBe(mounts[1].subPath);
  const list = find(synth(web), 'ConfigMap', 'required-secrets').data;
  // Its content is somebody's, unless it says that it may be made up.
  expect(JSON.parse(list['dfw-app'])).toEqual({ namespaces: ['dfw'], keys: { 'private.conf': 'given' } });
  expect(JSON.parse(list['dfw-keys'])).toEqual({ namespaces: ['dfw'], keys: { signing: 'password' } });
  const [job] = ofKind(synth(web), 'Job');
  expect(job.spec.template.spec.containers[0].volumeMounts).toEqual(expect.arrayContaining(mounts));
});

test('with scaling, the number of slices is left to the autoscaler', () => {
  const objects = synth(tier({ scaling: { max: 4 } }));
  expect(find(objects, 'Deployment', 'dfw-web').spec.replicas).toBeUndefined();
  expect(find(objects, 'HorizontalPodAutoscaler', 'dfw-web').spec).toMatchObject({ minReplicas: 2, maxReplicas: 4 });
});

test('a toleration of the user says how long a lost node is waited for, and only the other state keeps its five seconds', () => {
  const own = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 };
  const spec = (tolerations: k8s.Toleration[]) =>
    find(synth(tier({ scheduling: { tolerations } })), 'Deployment', 'dfw-web').spec.template.spec;
  const seconds = (tolerations: k8s.Toleration[]) =>
    spec(tolerations).tolerations.map((each: k8s.Toleration) => [each.key, each.tolerationSeconds]);
  expect(seconds([own])).toEqual([
    ['node.kubernetes.io/unreachable', 60],
    ['node.kubernetes.io/not-ready', 5],
  ]);
  expect(seconds([{ operator: 'Exists' }])).toEqual([[undefined, undefined]]);
});

test('a name that would be cut in the names of its pods is an error', () => {
  const id = `web-${'x'.repeat(40)}`;
  const site = newSite();
  new WebTier(site, id, { ram: Size.mebibytes(512), image: 'example.org/site:1' });
  expect(problems(site)).toEqual([
    `[dfw/${id}] 'id' is '${id}': 'dfw-${id}' has 48 characters; shorten it to 46 or fewer`,
  ]);
});

test.each<[string, Partial<WebTierProps>, string]>([
  [
    'an image without a tag',
    { image: 'site' },
    "[dfw/web] 'image' is 'site': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'RAM for fewer than two workers',
    { ram: Size.mebibytes(100) },
    "[dfw/web] 'ram' is 100 MiB: Apache and two workers need 112 MiB; write that or more, or a smaller workerRam",
  ],
  [
    'a max that is no higher than the number of slices',
    { scaling: { max: 2 } },
    "[dfw/web] 'scaling.max' is 2: write more than the 2 slices that there always are",
  ],
  ...[3.5, 1000].map((max): [string, object, string] => [
    `a max of ${max}`,
    { scaling: { max } },
    `[dfw/web] 'scaling.max' is ${max}: write a whole number up to 999`,
  ]),
  ...[-1, 0, 1.5].map((slices): [string, object, string] => [
    `${slices} slices below a max`,
    { slices, scaling: { max: 3 } },
    `[dfw/web] 'slices' is ${slices}: write a whole number from 1 to 999`,
  ]),
  ...[-5, 0, 0.5].map((targetCpuPercent): [string, object, string] => [
    `${targetCpuPercent} percent of CPU`,
    { scaling: { max: 3, targetCpuPercent } },
    `[dfw/web] 'scaling.targetCpuPercent' is ${targetCpuPercent}: write a whole number of percent from 1 to 10000`,
  ]),
  ...[0, 70_000].map((port): [string, object, string] => [
    `port ${port}`,
    { server: WebServer.apache({ port }) },
    `[dfw/web] 'server.port' is ${port}: write a port, from 1 to 65535`,
  ]),
  [
    'a worker without RAM',
    { server: WebServer.apache({ workerRam: Size.mebibytes(0) }) },
    "[dfw/web] 'server.workerRam' is 0 MiB: write whole MiB, as Size.mebibytes(1)",
  ],
  [
    'a health path that is none',
    { healthPath: 'ok' },
    "[dfw/web] 'healthPath' is 'ok': write a path, such as '/healthy'",
  ],
  [
    'a health path that no URL has',
    { healthPath: '/a b#c' },
    "[dfw/web] 'healthPath' is '/a b#c': write a path of a URL, such as '/healthy', with other characters as '%20'",
  ],
  [
    'a folder to write that is no path',
    { writable: ['uploads'] },
    "[dfw/web] 'writable' is 'uploads': write a folder's whole path, as '/var/www/html'",
  ],
  ...['/', '/a:b'].map((folder): [string, object, string] => [
    `${folder} as a folder to write`,
    { writable: [folder] },
    `[dfw/web] 'writable' is '${folder}': name a folder of the code's own, such as '/var/www/html'`,
  ]),
  ...[['/tmp']].map((writable): [string, object, string] => [
    `${writable.join(' and ')} as folders to write`,
    { writable },
    `[dfw/web] 'writable' is '${writable[0]}': it is there already; leave it out`,
  ]),
  [
    'a Secret of others whose name is none',
    { existingSecrets: { KEY: { secret: 'A B', key: 'key' } } },
    "[dfw/web] 'existingSecrets.KEY.secret' is 'A B': write a name of lower-case letters, digits, '-' and '.'",
  ],
  [
    'a key of it that is none',
    { existingSecrets: { KEY: { secret: 'a', key: 'a/b' } } },
    "[dfw/web] 'existingSecrets.KEY.key' is 'a/b': write a Secret's key: letters, digits, '-', '_' and '.'",
  ],
  [
    'a variable of it that is none',
    { existingSecrets: { 'A B': { secret: 'a', key: 'b' } } },
    "[dfw/web] 'existingSecrets' is 'A B': write letters, digits and '_', '-', '.', not starting with a digit",
  ],
  ['a command of no words', { migrate: [] }, "[dfw/web] 'migrate' is []: write the program that it runs"],
  [
    'a document root that is no path',
    { server: WebServer.apache({ documentRoot: '-' }) },
    "[dfw/web] 'server.documentRoot' is '-': write a folder's whole path, as '/var/www/html'",
  ],
  [
    'a variable with a NUL',
    { environment: { KEY: 'a\0b' } },
    "[dfw/web] 'environment.KEY' is 'a\\u0000b': no process can be given a NUL; leave it out, or put it into a file",
  ],
  [
    'a variable with half of a character',
    { environment: { KEY: '\ud83d' } },
    "[dfw/web] 'environment.KEY' is '\\ud83d': it has half of a character of UTF-16; write the whole one",
  ],
  [
    'a variable that no manifest can carry',
    { environment: { KEY: '\u2028' } },
    "[dfw/web] 'environment.KEY' is '\\u2028': kubectl would not read it as it is: it has control characters, or begins with a tab and has several lines; put it into a file",
  ],
  [
    'a variable that Linux does not take',
    { environment: { KEY: 'x'.repeat(131_072) } },
    `[dfw/web] 'environment.KEY' is '${'x'.repeat(300)}… (131072 characters)': Linux takes 128 KiB of an argument or a variable; put it into a file`,
  ],
  [
    'a file with half of a character',
    { files: { '/a': '\udc00' } },
    "[dfw/web] 'files' is '/a': its text has half of a character of UTF-16; write the whole one",
  ],
  [
    'a Secret without keys',
    { secrets: { app: [] } },
    "[dfw/web] 'secrets.app' is []: name its keys, as in ['PASSWORD']",
  ],
  [
    'a path with the end of a line',
    { files: { '/a\nb': '' } },
    "[dfw/web] 'files' is '/a\\nb': write a file's whole path, as '/etc/site.conf'",
  ],
  [
    'a part of a path that is longer than Linux takes',
    { files: { [`/${'x'.repeat(256)}`]: '' } },
    `[dfw/web] 'files' is '/${'x'.repeat(256)}': write a file's whole path, as '/etc/site.conf'`,
  ],
  [
    "a file's path that is none",
    { files: { 'site.conf': '' } },
    "[dfw/web] 'files' is 'site.conf': write a file's whole path, as '/etc/site.conf'",
  ],
  [
    "a secret file's path that is none",
    { secretFiles: { '/etc/': { secret: 'app', key: 'site.conf' } } },
    "[dfw/web] 'secretFiles' is '/etc/': write a file's whole path, as '/etc/site.conf'",
  ],
  [
    'a file that is given twice',
    { files: { '/a': '' }, secretFiles: { '/a': { secret: 'app', key: 'a' } } },
    "[dfw/web] 'secretFiles' is '/a': it is given twice; take it out of one of them",
  ],
  [
    'a variable that is given twice',
    { environment: { KEY: '1' }, secrets: { app: ['KEY'] } },
    "[dfw/web] 'environment' is 'KEY': it is given twice; take it out of one of them",
  ],
  [
    "a variable of Apache's own",
    { environment: { APACHE_LOG_DIR: '/srv' } },
    "[dfw/web] 'environment' is 'APACHE_LOG_DIR': it is given twice; take it out of one of them",
  ],
  [
    "a file in a folder's place",
    { files: { '/run': '' } },
    "[dfw/web] 'files' is '/run': it is a folder, as there is '/run/apache2/'; write another path",
  ],
  [
    "a secret file in the configuration's place",
    { secretFiles: { '/etc/slices/apache': { secret: 'app', key: 'key' } } },
    "[dfw/web] 'secretFiles' is '/etc/slices/apache': it is a folder, as there is '/etc/slices/apache/'; write another path",
  ],
])('%s is an error', (_, props, message) => {
  expect(problems(tier(props))).toEqual([message]);
});

test('using a role twice, or two that give the same, is an error of what is used', () => {
  const site = newSite();
  const memc = new CachePool(site, 'memc', { ram });
  const db = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(2),
    durability: Durability.PREFERRED,
    databases: ['a'],
  });
  const more = new ReplicatedMySQL(site, 'more', { ram, durability: Durability.PREFERRED, databases: ['a'] });
  const sets = new MySQLSets(site, 'sets', { global: db, clusters: [{ database: more }] });
  new WebTier(site, 'web', { ram, image, uses: [memc, memc, memc] });
  // A role after the one that is named twice is not to blame.
  new WebTier(site, 'wiki', { ram, image, uses: [db, db, memc] });
  new WebTier(site, 'shop', { ram, image, uses: [db, sets] });
  expect(problems(site)).toEqual([
    "[dfw/web] 'uses[1]' is dfw/memc: it is there twice; leave one of them out",
    "[dfw/web] 'uses[2]' is dfw/memc: it is there twice; leave one of them out",
    "[dfw/wiki] 'uses[1]' is dfw/db: it is there twice; leave one of them out",
    "[dfw/shop] 'uses' is 'dfw/sets': dfw/db gives DB_HOST, too; name one of them, or give it another id",
  ]);
});

test('using a role of another site, or one that has nothing to use, is an error', () => {
  const site = newSite();
  const other = new CachePool(newSite('ord'), 'memc', { ram });
  const first = new WebTier(site, 'web', { ram, image });
  new WebTier(site, 'shop', { ram, image, uses: [other, first] });
  expect(problems(site)).toEqual([
    "[dfw/shop] 'uses' is 'ord/memc': it belongs to another site; name a role of 'dfw'",
    "[dfw/shop] 'uses' is 'dfw/web': it has nothing to use; name a database, a cache, a blob store or a queue",
  ]);
});

test('files that kubectl could not apply are an error, which counts as kubectl does', () => {
  const html = '<p>&amp;</p>\n'.repeat(7_000);
  expect(Buffer.byteLength(html)).toBeLessThan(100_000);
  const [line] = problems(tier({ files: { '/srv/large.html': html, '/srv/small.html': '' } }));
  expect(line).toMatch(
    /^\[dfw\/web\] 'files' is 91000 bytes: kubectl writes them as 2\d{5}, with 2 for the end of a line and 6 for '<', and Kubernetes takes 262144; put the largest, '\/srv\/large.html' of 91000, into an image$/,
  );
  expect(problems(tier({ files: { '/srv/text': 'x'.repeat(261_000) } }))).toEqual([]);
});

test('an environment that is too long for the manifest of a pod is an error', () => {
  const environment = Object.fromEntries(['A', 'B', 'C'].map((name) => [name, 'x'.repeat(90_000)]));
  expect(problems(tier({ environment }))).toEqual([
    expect.stringMatching(
      /^\[dfw\/web\] 'environment' is '27\d{4} bytes': kubectl writes its slices' pod as that many, and Kubernetes takes 262144; put what is long into files$/,
    ),
  ]);
});

test('a file that a manifest cannot carry as text is in it as bytes', () => {
  const text = '\tall:\n\techo \u2028\x85\n';
  const config = ofKind(synth(tier({ files: { '/srv/Makefile': text, '/srv/plain': 'a' } })), 'ConfigMap').find(
    (each) => each.metadata.name.startsWith('dfw-web-files'),
  );
  expect(Object.values(config.data)).toEqual(['a']);
  const [bytes] = Object.values<string>(config.binaryData);
  expect(Buffer.from(bytes!, 'base64').toString()).toBe(text);
});
