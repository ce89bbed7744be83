import { Size } from 'cdk8s';
import { parse } from 'yaml';
import { Admin, Balancer, BalancerEngine, WebServer, WebTier } from '../constructs';
import { withPromtool } from './promtool';
import { Manifest, find, newSite, synth } from './support';

/** A site with a balancer of each engine before a web tier that grows with its load. */
function admin(): Admin {
  const site = newSite();
  const ram = Size.mebibytes(256);
  const scaling = { max: 3 };
  const web = new WebTier(site, 'web', { ram, image: 'httpd:2.4', server: WebServer.httpd(), slices: 2, scaling });
  new Balancer(site, 'lb', { ram, web, tls: true });
  new Balancer(site, 'old', { ram, web, engine: BalancerEngine.perlbal() });
  return new Admin(site, 'admin', { ram: Size.mebibytes(512) });
}

function files(of: Admin): Record<string, string> {
  return find(synth(of), 'ConfigMap', of.config!.name).data;
}

/** The targets of a job, by its name. */
function targets(job: string): Manifest[] {
  const jobs = parse(files(admin())['prometheus.yml'] as string).scrape_configs;
  return jobs.find((each: Manifest) => each.job_name === job).static_configs;
}

test('of a web tier that grows, each slice that runs is asked for its workers', () => {
  const jobs = parse(files(admin())['prometheus.yml'] as string).scrape_configs;
  const job = jobs.find((each: Manifest) => each.job_name === 'dfw-web-apache-asked');
  expect(job.kubernetes_sd_configs[0].selectors[0].label).toContain('app.kubernetes.io/name=web');
});

test('nginx is asked for its figures and its certificate, Perlbal serves its own', () => {
  expect(targets('dfw-lb-asked').map(({ labels }) => labels.instance)).toEqual([
    'dfw-lb01-nginx',
    'dfw-lb02-nginx',
    'dfw-lb01-certificate',
    'dfw-lb02-certificate',
  ]);
  expect(targets('dfw-old-8081').map((each) => each.targets)).toEqual([
    ['dfw-old-1.dfw-old.dfw.svc.cluster.local:8081'],
    ['dfw-old-2.dfw-old.dfw.svc.cluster.local:8081'],
  ]);
});

test('what is asked is open to the Admin, the console that takes orders is not', () => {
  const objects = synth(admin());
  const opened = (role: string) =>
    find(objects, 'NetworkPolicy', `dfw-${role}-from-dfw-admin`).spec.ingress[0].ports.map(
      (each: Manifest) => each.port,
    );
  expect([opened('lb'), opened('old'), opened('web')]).toEqual([[7911, 8081, 8443], [8081, 7911], [9117]]);
});

withPromtool('balancer-figures-rules.yml', () => files(admin()));
