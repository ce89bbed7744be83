import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { api, newSamples } from './input-samples';
import { problems } from './support';
import { ram } from './wrong-values';

test('a private constructor, an id of nothing and a scope without a site are errors', () => {
  const { app, site } = newSamples();
  expect(() => new api.WebServer({ port: 80 })).toThrow('new WebServer: its constructor is private; write WebServer.');
  expect(() => new api.CachePool(app, 'memc', { ram })).toThrow("[memc] 'scope' is App: it has to be made in a Site");
  expect(() => api.Site.of(app)).toThrow("[App] 'scope' is App: it has to be made in a Site");
  new api.CachePool(site, '', { ram });
  expect(problems(site)).toEqual(["[dfw/CachePool] 'id' is '': write a name, such as 'web'"]);
});

test('a folder that is none, or no folder, is an error that names it', () => {
  for (const folder of ['/nope', __filename])
    expect(() => api.Files.ofFolder(folder, '/x')).toThrow(
      `Files.ofFolder: 'folder' is '${folder}': write a folder's path, as seen from ${process.cwd()}`,
    );
});

test('a Heartbeat outside of a Chart, and a cluster without DNS, are errors', () => {
  const { site, blobs } = newSamples();
  new api.Heartbeat(site, 'made', { statefulSet: blobs.statefulSet, checkPort: 80 });
  expect(problems(site)).toEqual([
    "[dfw/made] 'scope' is dfw: make it in a Chart, such as that of its StatefulSet or site.chart",
  ]);
  const ams = new api.Site(newSamples().app, 'ams', {
    domain: 'example.org',
    cluster: { dnsPods: [], dnsAddresses: [] },
  });
  expect(problems(ams)).toEqual([
    "[ams] 'cluster.dnsPods' is []: nothing answers DNS then; name its pods, or dnsAddresses",
  ]);
});

test('a class that is called without new, an abstract one, and an object that no factory made are errors', () => {
  const { site } = newSamples();
  expect(() => api.CachePool(site, 'memc', { ram })).toThrow(
    'CachePool(…): an object of a class is made by new; write new CachePool(…)',
  );
  expect(() => new api.ExternalService(site, 'x', {})).toThrow(
    'new ExternalService: there is none by itself; write new ExternalBlobStore(…) or new ExternalCache(…)',
  );
  expect(() => new api.Cpu(5)).toThrow('new Cpu: its constructor is private; write Cpu.millis(…)');
  class Cpu {}
  new api.CachePool(site, 'memc', { ram, resources: { cpuLimit: new Cpu() } });
  new api.CachePool(site, 'more', { ram, resources: { cpuLimit: Object.create(api.Cpu.prototype) } });
  expect(problems(site)).toEqual([
    expect.stringMatching(/^\[dfw\/memc\] 'resources.cpuLimit' is an object of Cpu: write Cpu.millis/),
    expect.stringMatching(/^\[dfw\/more\] 'resources.cpuLimit' is .*: write Cpu.millis/),
  ]);
});

test('a site in no App, and a site in a site, are errors', () => {
  const { site } = newSamples();
  expect(() => new api.Site(new Construct(undefined as never, ''), 'lon', { domain: 'example.org' })).toThrow(
    "Site: 'scope' is in no App: nothing would write its manifests; write new Site(new App(), 'dfw', …)",
  );
  new api.Site(site, 'in', { domain: 'example.org' });
  expect(problems(site)).toEqual(["[dfw/in] 'scope' is 'dfw': a site is in no other; make it in the App"]);
});

test('a part of the site of something that is none is an error at once', () => {
  expect(() => api.Site.of('dfw')).toThrow(
    "Site.of: 'construct' is 'dfw': write a construct, such as a KubeDeployment",
  );
});

test('a folder with a NUL in its name is an error that names it', () => {
  expect(() => api.Files.ofFolder('a\0b', '/x')).toThrow(
    "Files.ofFolder: 'folder' is 'a\\u0000b': write a folder's path",
  );
});

test('a property that cannot be read is an error that names it', () => {
  const { site } = newSamples();
  const thrower = (name: string) =>
    Object.defineProperty(name === 'slices' ? { ram } : {}, name, {
      enumerable: true,
      get: () => {
        throw new TypeError('no');
      },
    });
  new api.CachePool(site, 'one', thrower('slices'));
  new api.CachePool(site, 'two', { ram, metadata: thrower('labels') });
  new api.WebTier(site, 'four', { ram, image: 'x:1', environment: thrower('KEY') });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  new api.CachePool(site, 'three', proxy);
  expect(problems(site)).toEqual([
    "[dfw/one] 'slices' is unreadable: it cannot be read: no; write the value itself",
    "[dfw/two] 'metadata.labels' is unreadable: it cannot be read: no; write the value itself",
    "[dfw/four] 'environment.KEY' is unreadable: it cannot be read: no; write the value itself",
    expect.stringMatching(
      /^\[dfw\/three\] 'props' is unreadable: it cannot be read: .* revoked; write the value itself$/,
    ),
  ]);
});

test('one value has one message, which says all of it', () => {
  const { site } = newSamples();
  new api.Valkey(site, 'vk', { ram: Size.mebibytes(0), durability: api.ValkeyDurability.REQUIRED });
  expect(problems(site)).toEqual(["[dfw/vk] 'ram' is 0 MiB: write whole MiB, as Size.mebibytes(1)"]);
});
