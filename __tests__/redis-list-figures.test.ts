import { Size } from 'cdk8s';
import { Admin, JobQueue, JobWorkers, Valkey, ValkeyDurability } from '../constructs';
import { withPromtool } from './promtool';
import { find, newSite, synth } from './support';

function admin(): Admin {
  const site = newSite();
  const ram = Size.mebibytes(512);
  const server = new Valkey(site, 'valkey', { ram, durability: ValkeyDurability.PREFERRED });
  const queue = JobQueue.redisList({ server, lists: { mail: 'mail', import: 'import', events: 'events' } });
  new JobWorkers(site, 'jobs', { ram, queue, workers: [{ name: 'mail', command: ['take-it'] }] });
  return new Admin(site, 'admin', { ram });
}

withPromtool('redis-list-figures-rules.yml', () => {
  const made = admin();
  return find(synth(made), 'ConfigMap', made.config!.name).data;
});
