import { Size } from 'cdk8s';
import { CachePool } from '../constructs';
import { connectionLimit, itemMemory } from '../constructs/engines/memcached';
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
  [128, 57],
  [256, 172],
  [1024, 864],
  [16384, 14688],
])('with %i MiB of RAM, %i are for items', (ram, items) => {
  expect(itemMemory(ram)).toBe(items);
});

test.each([
  [128, 1024],
  [256, 1024],
  [1024, 1024],
  [16384, 16384],
])('with %i MiB of RAM, %i clients may be connected', (ram, clients) => {
  expect(connectionLimit(ram)).toBe(clients);
});

test('its command line', () => {
  const { template } = find(synth(pool()), 'StatefulSet', 'dfw-memc').spec;
  expect(template.spec.containers[0].args).toEqual([
    '--memory-limit=403',
    '--conn-limit=1024',
    '--max-item-size=1024k',
    '--port=11211',
    '--udp-port=0',
  ]);
});

test('too little RAM is an error', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram: Size.mebibytes(127) });
  expect(problems(site)).toEqual([
    "[dfw/memc] 'ram' is 127 MiB: memcached itself takes half of that; write Size.mebibytes(128) or more",
  ]);
});
