import { Size } from 'cdk8s';
import { Admin, WebServer, WebTier } from '../constructs';
import { withPromtool } from './promtool';
import { Manifest, find, newSite, synth } from './support';

function admin(): Admin {
  const site = newSite();
  const ram = Size.mebibytes(512);
  new WebTier(site, 'web', { ram, image: 'example.org/forum:1', server: WebServer.phpFpm() });
  return new Admin(site, 'admin', { ram });
}

test('the port of the figures of PHP-FPM is open to the Admin alone', () => {
  const { spec } = find(synth(admin()), 'NetworkPolicy', 'dfw-web-from-dfw-admin');
  expect(spec.ingress[0].ports.map(({ port }: Manifest) => port)).toEqual([9253]);
});

withPromtool('php-fpm-figures-rules.yml', () => {
  const of = admin();
  return find(synth(of), 'ConfigMap', of.config!.name).data;
});
