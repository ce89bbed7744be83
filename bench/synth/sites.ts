/** A site of twenty slices with every role: the synthesis of many slices is measured with as many of these as it takes. */
import { App, Duration, Size } from 'cdk8s';
import {
  Admin,
  BalancerEngine,
  Balancer,
  BlobEngine,
  BlobStore,
  CachePool,
  Durability,
  Heartbeat,
  JobQueue,
  JobWorkers,
  MailHandler,
  MailIntake,
  ReplicatedMySQL,
  Site,
  WebTier,
} from '../../constructs';

const ram = Size.mebibytes(512);

export function addSite(app: App, name: string): Site {
  const site = new Site(app, name, { domain: 'example.org' });
  const durability = Durability.PREFERRED;
  const db = new ReplicatedMySQL(site, 'db', { ram: Size.gibibytes(3), durability, databases: ['site', 'mogilefs'] });
  const cache = new CachePool(site, 'memc', { ram, slices: 4 });
  const blobs = new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database: db }) });
  const jobs = new JobWorkers(site, 'jobs', {
    ram,
    slices: 2,
    queue: JobQueue.theSchwartz({ database: db }),
    workers: [{ name: 'email', command: ['worker', 'Email'] }],
    uses: [db, cache, blobs],
  });
  new MailIntake(site, 'mail', { ram, handler: MailHandler.queue(jobs, 'Site::IncomingMail') });
  const web = new WebTier(site, 'web', { ram, slices: 6, image: 'site:1', uses: [db, cache, blobs, jobs] });
  const failover = Heartbeat.within(Duration.seconds(2));
  new Balancer(site, 'lb', { ram, engine: BalancerEngine.nginx(), failover, web, blobs });
  new Admin(site, 'admin', { ram });
  return site;
}
