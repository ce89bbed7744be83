import { App, Size } from 'cdk8s';
import {
  Balancer,
  CachePool,
  Durability,
  JobQueue,
  JobWorkers,
  MailHandler,
  MailIntake,
  ReplicatedMySQL,
  Site,
  StaticFiles,
  WebServer,
  WebTier,
} from '../../constructs';

/** What is different from one data centre to the other. */
interface Centre {
  /** Where it is: the start of every slice's name. */
  readonly name: string;
  readonly domain: string;
  readonly webSlices: number;
}

const CENTRES: Centre[] = [
  { name: 'dfw', domain: 'dfw.example.org', webSlices: 2 },
  { name: 'ams', domain: 'ams.example.org', webSlices: 3 },
];

const app = new App();

for (const { name, domain, webSlices } of CENTRES) {
  const site = new Site(app, name, { domain });

  const db = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['forum'],
  });
  const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(512) });

  const jobs = new JobWorkers(site, 'jobs', {
    ram: Size.mebibytes(512),
    queue: JobQueue.theSchwartz({ database: db }),
    workers: [{ name: 'incoming', command: ['theschwartz-worker', 'Forum::Incoming'] }],
    uses: [db, cache],
  });
  new MailIntake(site, 'mail', { ram: Size.mebibytes(256), handler: MailHandler.queue(jobs, 'Forum::Incoming') });

  const web = new WebTier(site, 'web', {
    ram: Size.mebibytes(512),
    slices: webSlices,
    image: 'docker.io/library/httpd:2.4',
    server: WebServer.httpd(),
    uses: [db, cache, jobs],
    files: { '/usr/local/apache2/htdocs/index.html': `<h1>${name} says hello</h1>\n` },
  });
  new Balancer(site, 'lb', {
    ram: Size.mebibytes(256),
    web,
    staticFiles: [StaticFiles.fromText({ '/robots.txt': 'User-agent: *\n' })],
  });
}

app.synth();
