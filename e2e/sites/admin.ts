import { App, Size } from 'cdk8s';
import {
  Admin,
  Balancer,
  BlobEngine,
  BlobStore,
  CachePool,
  Durability,
  JobQueue,
  JobWorkers,
  ReplicatedMySQL,
  Site,
  WebServer,
  WebTier,
} from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-admin', { domain: 'example.org' });
const db = new ReplicatedMySQL(site, 'db', {
  ram: Size.mebibytes(384),
  durability: Durability.PREFERRED,
  databases: ['queue', 'mogilefs'],
  storage: Size.gibibytes(2),
});
new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(64),
  queue: JobQueue.theSchwartz({ database: db }),
  // Nobody does the jobs: they are there to wait.
  workers: [{ name: 'idle', command: ['sleep', 'infinity'] }],
});
// Its image is not to be had everywhere.
if (process.env['BLOBS']) {
  new BlobStore(site, 'mog', {
    ram: Size.mebibytes(160),
    storage: Size.gibibytes(1),
    engine: BlobEngine.mogileFs({ database: db }),
  });
}
const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(256),
  slices: 1,
  image: 'docker.io/library/httpd:2.4',
  server: WebServer.httpd(),
});
new Balancer(site, 'lb', { ram: Size.mebibytes(192), web });
new Admin(site, 'admin', { ram: Size.mebibytes(512), storage: Size.gibibytes(1) });
app.synth();
