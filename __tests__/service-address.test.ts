import { Size } from 'cdk8s';
import { CachePool, Durability, MailHandler, MailIntake, ReplicatedMySQL, WebTier } from '../constructs';
import { Manifest, find, newSite, synth } from './support';

const ram = Size.mebibytes(512);
const image = 'docker.io/library/httpd:2.4';

function podOf(web: WebTier): Manifest {
  return find(synth(web), 'Deployment', 'dfw-web').spec.template.spec;
}

function variable(pod: Manifest, name: string): string {
  return pod.containers[0].env.find((each: Manifest) => each.name === name).value;
}

test('a program is given the addresses of Services, so that none of its connections waits for DNS', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram });
  const pod = podOf(new WebTier(site, 'web', { ram, image, uses: [cache] }));
  expect(variable(pod, 'MEMC_SERVERS')).toBe('$(DFW_MEMC01_SERVICE_HOST):11211,$(DFW_MEMC02_SERVICE_HOST):11211');
  expect(pod.enableServiceLinks).toBe(true);
});

test('its container waits until the Services are there: the kubelet does not make one whose folder it cannot name', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram });
  const { containers, volumes } = podOf(new WebTier(site, 'web', { ram, image, uses: [cache] }));
  const mount = containers[0].volumeMounts.find(({ name }: Manifest) => name === 'addresses');
  expect(mount.subPathExpr).toBe('$(DFW_MEMC01_SERVICE_HOST)/$(DFW_MEMC02_SERVICE_HOST)');
  expect(volumes).toContainEqual({ name: 'addresses', emptyDir: { sizeLimit: '1Mi' } });
});

test('one that uses nothing is not given the variables of all Services', () => {
  expect(podOf(new WebTier(newSite(), 'web', { ram, image })).enableServiceLinks).toBe(false);
});

test("a user's own text stays as it is, whatever it looks like", () => {
  const site = newSite();
  const environment = { TEXT: '$(DFW_MEMC01_SERVICE_HOST)', NAME: 'dfw-memc01.dfw.svc.cluster.local' };
  const pod = podOf(
    new WebTier(site, 'web', { ram, image, environment, uses: [new CachePool(site, 'memc', { ram })] }),
  );
  expect(variable(pod, 'TEXT')).toBe('$$(DFW_MEMC01_SERVICE_HOST)');
  expect(variable(pod, 'NAME')).toBe(environment.NAME);
});

test('a database with a certificate keeps its name, as the certificate is for that', () => {
  const site = newSite();
  const common = { ram: Size.gibibytes(1), durability: Durability.PREFERRED, databases: ['forum'] };
  const db = new ReplicatedMySQL(site, 'db', { ...common, tls: { required: true } });
  const pod = podOf(new WebTier(site, 'web', { ram, image, uses: [db] }));
  expect(variable(pod, 'DB_HOST')).toBe('dfw-db-write.dfw.svc.cluster.local');
});

test('where one of its users is given names, as it is in a namespace of its own, all users of a cache are', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram });
  const web = new WebTier(site, 'web', { ram, image, uses: [cache] });
  const handler = MailHandler.command({ command: ['/site/take'], uses: [cache] });
  new MailIntake(site, 'mail', { ram, handler });
  expect(variable(podOf(web), 'MEMC_SERVERS')).toBe(cache.servers.join(','));
});
