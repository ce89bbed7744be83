import { App, Duration, Size } from 'cdk8s';
import { Balancer, BalancerEngine, Site, WebRuntime, WebServer, WebTier } from '../../constructs';

/** One program behind a balancer of each engine that can keep doors. */
const app = new App();
const site = new Site(app, 'e2e-doors', { domain: 'example.org' });

/** Answers with the status that it is asked for, the client's address and what it was told of a password; with a long page, or never. */
const PROGRAM = `require('node:http').createServer({ maxHeaderSize: 1 << 16 }, ({ url, headers }, response) => {
  if (url.startsWith('/never')) return;
  response.setHeader('Content-Type', 'text/html');
  if (url.startsWith('/long')) return void response.end('long '.repeat(2000));
  response.statusCode = Number(/status=(\\d+)/.exec(url)?.[1] ?? 200);
  response.end([url, headers['x-real-ip'], headers.authorization].join(' ') + '\\n');
}).listen(3000)`;

const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(128),
  slices: 1,
  image: 'docker.io/library/node:24-slim',
  server: WebServer.program({ port: 3000, command: ['node', '-e', PROGRAM], runtime: WebRuntime.node() }),
});

for (const engine of [BalancerEngine.nginx(), BalancerEngine.haproxy()])
  new Balancer(site, engine.name, {
    ram: Size.mebibytes(128),
    slices: 1,
    engine,
    web,
    pathLimits: [{ path: '/login/', requestsPerMinute: 5 }],
    errorPage: '<p>Something is wrong, try again</p>\n',
    answerTimeout: Duration.seconds(5),
    largestHeaders: Size.kibibytes(32),
    protectedPaths: [{ path: '/admin/' }, { host: 'stage.example.org', secret: 'testers' }],
  });

/** Behind a load balancer in this cluster's networks. */
for (const engine of [BalancerEngine.nginx(), BalancerEngine.haproxy()])
  new Balancer(site, `${engine.name}-behind`, {
    ram: Size.mebibytes(128),
    slices: 1,
    engine,
    web,
    proxyProtocol: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  });

app.synth();
