import { Size } from 'cdk8s';
import { CachePool } from '../constructs';
import { bufferMemory, connectionLimit, itemMemory, largestItemLimit } from '../constructs/cache/memcached';
import { find, newSite, problems, synth } from './support';

function pool(slices = 2) {
  return new CachePool(newSite(), 'memc', { slices, ram: Size.mebibytes(512) });
}

test('the servers are listed in an order that never changes, under names that resolve while they are down', () => {
  expect(pool(3).servers).toEqual([
    'dfw-memc01.dfw.svc.cluster.local:11211',
    'dfw-memc02.dfw.svc.cluster.local:11211',
    'dfw-memc03.dfw.svc.cluster.local:11211',
  ]);
});

test('each server has a name of its own', () => {
  const service = find(synth(pool()), 'Service', 'dfw-memc02');
  expect(service.spec.selector['statefulset.kubernetes.io/pod-name']).toBe('dfw-memc-2');
  expect(service.spec.clusterIP).toBeUndefined();
});

test('a roll-out empties one server at a time, minutes apart', () => {
  const { spec } = find(synth(pool()), 'StatefulSet', 'dfw-memc');
  expect(spec.minReadySeconds).toBe(300);
  expect(spec.replicas).toBe(2);
});

test.each([
  [128, 74],
  [256, 183],
  [1024, 836],
  [16384, 13810],
])('with %i MiB of RAM, %i are for items', (ram, items) => {
  expect(itemMemory(ram)).toBe(items);
});

test.each([
  [128, 1024],
  [256, 1024],
  [1024, 1024],
  [16384, 4096],
])('with %i MiB of RAM, %i clients may be connected', (ram, clients) => {
  expect(connectionLimit(ram)).toBe(clients);
});

test.each([128, 200, 256, 512, 1000, 1024, 4096, 16384])(
  'with %i MiB of RAM, the smallest items, their hash table as it grows and all buffers stay within it',
  (ram) => {
    const items = (itemMemory(ram) * 1024 * 1024) / 96;
    let buckets = 65_536;
    while (items > buckets * 1.5) buckets *= 2;
    const table = (buckets * 8 * 1.5) / (1024 * 1024);
    expect(itemMemory(ram) + table + bufferMemory(ram) + 2).toBeLessThan(ram);
  },
);

test('its command line', () => {
  const { template } = find(synth(pool()), 'StatefulSet', 'dfw-memc').spec;
  expect(template.spec.containers[0].args).toEqual([
    '--memory-limit=401',
    '--conn-limit=1024',
    '--extended=read_buf_mem_limit=32',
    '--max-item-size=1024k',
    '--port=11211',
    '--udp-port=0',
  ]);
});

test.each([
  [128, 37_888],
  [256, 93_696],
  [1024, 428_032],
  [16384, 1_048_576],
])('with %i MiB of RAM, an item may have up to %i KiB', (ram, kibibytes) => {
  expect(largestItemLimit(ram)).toBe(kibibytes);
  expect(kibibytes).toBeLessThanOrEqual((itemMemory(ram) * 1024) / 2);
});

test.each([
  [Size.mebibytes(64), '64 MiB'],
  [Size.kibibytes(600), '600 KiB'],
  [Size.mebibytes(0), '0 MiB'],
])('an item that memcached does not start with is an error', (largestItem, shown) => {
  const site = newSite();
  new CachePool(site, 'memc', { ram: Size.mebibytes(128), largestItem });
  expect(problems(site)).toEqual([
    `[dfw/memc] 'largestItem' is ${shown}: memcached counts in 512 KiB, and one item takes at most half of what is for all; write a multiple of that up to Size.kibibytes(37888)`,
  ]);
});

test('too little RAM is an error', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram: Size.mebibytes(127) });
  expect(problems(site)).toEqual([
    "[dfw/memc] 'ram' is 127 MiB: memcached itself takes half of that; write Size.mebibytes(128) or more",
  ]);
});
