import { Duration, Size } from 'cdk8s';
import {
  CachePool,
  HttpProgramProps,
  ReplicatedMySQL,
  Durability,
  WebRuntime,
  WebServer,
  WebTier,
} from '../constructs';
import { goLimit, nodeHeap, processLimit } from '../constructs/web/web-runtime';
import { find, newSite, ofKind, problems, synth } from './support';

const image = 'example.org/shop:1';
const ram = Size.mebibytes(256);

function tier(props: Partial<HttpProgramProps> = {}, of: { ram?: Size } = {}): WebTier {
  return new WebTier(newSite(), 'web', { ram, image, server: WebServer.program({ port: 3000, ...props }), ...of });
}

function podOf(web: WebTier) {
  return find(synth(web), 'Deployment', 'dfw-web').spec.template.spec;
}

test('a program is started by the image, on its own port, with all of the RAM', () => {
  const web = tier();
  const pod = podOf(web);
  const [program] = pod.containers;
  expect(program).not.toHaveProperty('command');
  expect(program).not.toHaveProperty('args');
  expect(program).toMatchObject({ name: 'program', image, ports: [{ name: 'http', containerPort: 3000 }] });
  expect(program.resources.limits.memory).toBe('256Mi');
  expect(program.readinessProbe.httpGet).toEqual({ path: '/', port: 3000 });
  expect(find(synth(web), 'Service', 'dfw-web-any').spec.ports[0].port).toBe(3000);
  expect(pod.securityContext).not.toHaveProperty('sysctls[0].net.ipv4.ip_unprivileged_port_start');
});

test("a command takes the place of the image's own, and its entrypoint stays", () => {
  const [program] = podOf(tier({ command: ['node', 'server.js'] })).containers;
  expect(program.args).toEqual(['node', 'server.js']);
  expect(program).not.toHaveProperty('command');
});

test('an entrypoint takes the place of the image’s own', () => {
  const [program] = podOf(tier({ entrypoint: ['tini', '--'], command: ['node', 'server.js'] })).containers;
  expect(program).toMatchObject({ command: ['tini', '--'], args: ['node', 'server.js'] });
});

test('it runs as a user without powers, and can write to /tmp', () => {
  const [program] = podOf(tier()).containers;
  expect(program.securityContext).toMatchObject({ runAsUser: 10001, readOnlyRootFilesystem: true });
  expect(program.volumeMounts).toEqual([{ name: 'writable-0', mountPath: '/tmp' }]);
  expect(podOf(tier({ user: 1000 })).containers[0].securityContext.runAsUser).toBe(1000);
});

test('an image without a shell leaves the balancers before TERM, and has its grace after that', () => {
  const pod = podOf(tier({ grace: Duration.seconds(40) }));
  expect(pod.containers[0].lifecycle.preStop).toEqual({ sleep: { seconds: 15 } });
  expect(pod.terminationGracePeriodSeconds).toBe(15 + 40 + 10);
});

test('another signal is sent by a shell', () => {
  const [program] = podOf(tier({ stopSignal: 'QUIT' })).containers;
  expect(program.lifecycle.preStop.exec.command[2]).toBe(
    'sleep 15; kill -QUIT 1; while kill -0 1; do sleep 0.2; done 2>/dev/null',
  );
});

test('no exporter of Apache asks it', () => {
  expect(tier()._metricsSources).toEqual([]);
});

test.each([
  [96, 32],
  [128, 64],
  [256, 192],
  [1024, 768],
  [16384, 12288],
])('with %i MiB of RAM, the heap of Node has %i', (mebibytes, heap) => {
  expect(nodeHeap(mebibytes)).toBe(heap);
});

test.each([
  [128, 115],
  [256, 230],
  [1024, 921],
  [16384, 14745],
])('with %i MiB of RAM, Go is told of %i', (mebibytes, limit) => {
  expect(goLimit(mebibytes)).toBe(limit);
});

test.each([
  [128, 1],
  [256, 3],
  [1024, 16],
  [16384, 272],
])('with %i MiB of RAM, %i processes of 60 MiB fit beside their parent', (mebibytes, processes) => {
  expect(processLimit(mebibytes, 60)).toBe(processes);
});

test.each<[string, WebRuntime, object]>([
  ['Node', WebRuntime.node(), { name: 'NODE_OPTIONS', value: '--max-old-space-size=192' }],
  ['Go', WebRuntime.go(), { name: 'GOMEMLIMIT', value: '230MiB' }],
  ['Gunicorn', WebRuntime.processes({ ram: Size.mebibytes(60) }), { name: 'WEB_CONCURRENCY', value: '3' }],
  ['others', WebRuntime.processes({ ram: Size.mebibytes(60), variable: 'N' }), { name: 'N', value: '3' }],
])('%s is told of the RAM in its own terms', (_, runtime, variable) => {
  expect(podOf(tier({ runtime })).containers[0].env).toEqual([variable]);
});

test('what the user writes of the runtime himself is an error, not a guess', () => {
  const server = WebServer.program({ port: 3000, runtime: WebRuntime.node() });
  const environment = { NODE_OPTIONS: '--trace-warnings' };
  expect(problems(new WebTier(newSite(), 'web', { ram, image, server, environment }))).toEqual([
    "[dfw/web] 'environment' is 'NODE_OPTIONS': it is given twice; take it out of one of them",
  ]);
});

test('its connections are counted by its processes, its pool, or what it says', () => {
  const each = (props: Partial<HttpProgramProps>) => tier(props)._clients.each;
  expect(each({})).toBe(10);
  expect(each({ connections: 40 })).toBe(40);
  expect(each({ runtime: WebRuntime.processes({ ram: Size.mebibytes(60) }) })).toBe(3);
  expect(each({ runtime: WebRuntime.node() })).toBe(10);
});

test('it uses roles as Apache does, and its tables are made by a Job of its own user', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram });
  const db = new ReplicatedMySQL(site, 'db', {
    ram: Size.mebibytes(512),
    durability: Durability.PREFERRED,
    databases: ['shop'],
  });
  const server = WebServer.program({ port: 3000, runtime: WebRuntime.node(), user: 1001 });
  const web = new WebTier(site, 'web', { ram, image, server, uses: [cache, db], migrate: ['migrate'] });
  const names = podOf(web).containers[0].env.map((each: { name: string }) => each.name);
  expect(names).toEqual(expect.arrayContaining(['NODE_OPTIONS', 'MEMC_SERVERS', 'DB_HOST']));
  const [job] = ofKind(synth(web), 'Job');
  expect(job.spec.template.spec.containers[0].securityContext.runAsUser).toBe(1001);
});

test.each<[string, Partial<HttpProgramProps>, string]>([
  ['port 0', { port: 0 }, "'server.port' is 0: write a port, from 1 to 65535"],
  ['a command of no words', { command: [] }, "'server.command' is []: write the program that it runs"],
  ['an entrypoint of no words', { entrypoint: [] }, "'server.entrypoint' is []: write the program that it runs"],
  ...[0, 1.5, -1].map((user): [string, object, string] => [
    `user ${user}`,
    { user },
    `'server.user' is ${user}: write the number of a user that is not root, from 1 to 2147483647`,
  ]),
  ...[-1, 2.5].map((connections): [string, object, string] => [
    `${connections} connections`,
    { connections },
    `'server.connections' is ${connections}: write a whole number from 0 to 100000`,
  ]),
  [
    'a signal that is none',
    { stopSignal: 'SIGTERM' },
    "'server.stopSignal' is 'SIGTERM': write one of TERM, INT, QUIT, HUP, USR1, USR2, WINCH",
  ],
  [
    'half a second of grace',
    { grace: Duration.millis(500) },
    "'server.grace' is 0.5 s: write whole seconds, as Duration.seconds(1)",
  ],
  [
    'a variable of a name that is none',
    { runtime: WebRuntime.processes({ ram: Size.mebibytes(60), variable: 'A B' }) },
    "'server.runtime.variable' is 'A B': write letters, digits and '_', '-', '.', not starting with a digit",
  ],
  [
    'processes without RAM',
    { runtime: WebRuntime.processes({ ram: Size.mebibytes(0) }) },
    "'server.runtime.ram' is 0 MiB: write whole MiB, as Size.mebibytes(1)",
  ],
  [
    'processes larger than the slice',
    { runtime: WebRuntime.processes({ ram: Size.mebibytes(200) }) },
    "'ram' is 256 MiB: a parent and one process need 400 MiB; write that or more, or less RAM a process",
  ],
])('%s is an error', (_, props, message) => {
  expect(problems(tier(props))).toEqual([`[dfw/web] ${message}`]);
});

test('too little RAM for Node is an error', () => {
  const web = tier({ runtime: WebRuntime.node() }, { ram: Size.mebibytes(95) });
  expect(problems(web)).toEqual(["[dfw/web] 'ram' is 95 MiB: Node needs 96 MiB; write that or more"]);
});

test('static files of a document root that there is not are an error', () => {
  const web = tier();
  web.staticFiles(['/img/']);
  expect(problems(web)).toEqual([
    "[dfw/web] 'staticFiles' is ['/img/']: its server has no document root; write StaticFiles.fromImage with the folder",
  ]);
});
