import { App, Size } from 'cdk8s';
import { Admin, Balancer, JobQueue, JobWorkers, Site, Valkey, ValkeyDurability, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'shop', { domain: 'shop.example' });
const valkey = new Valkey(site, 'valkey', { ram: Size.mebibytes(256), durability: ValkeyDurability.PREFERRED });

const image = 'registry.example/shop:1';
const jobs = new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(512),
  image,
  queue: JobQueue.redisList({ server: valkey, lists: { default: 'queue:default' } }),
  workers: [{ name: 'work', command: ['bundle', 'exec', 'sidekiq'] }],
});

// Its workers' list, and whatever else it keeps in the pair.
const web = new WebTier(site, 'web', { ram: Size.gibibytes(1), image, uses: [jobs] });
new Balancer(site, 'lb', { ram: Size.mebibytes(128), web });
new Admin(site, 'admin', { ram: Size.mebibytes(512) });

app.synth();
