import { parseGarageConfig } from '../../contract/garage-config';

const SLICE = { name: 'mog01', admin: 'mog01:3903', rpc: 'mog01:3901', capacity: 1024 };
const GOOD = { slices: [SLICE, { ...SLICE, name: 'mog02' }], bucket: 'mog' };

test('a good configuration is taken as it is', () => expect(parseGarageConfig(JSON.stringify(GOOD))).toEqual(GOOD));

test.each<[string, object]>([
  ['bucket must name the bucket', { ...GOOD, bucket: '' }],
  ['buckets is not a key', { ...GOOD, buckets: ['a'] }],
  ['slices[0].capacity must be a whole number, at least 1', { ...GOOD, slices: [{ ...SLICE, capacity: 0 }] }],
  ['slices[0].zone is not a key', { ...GOOD, slices: [{ ...SLICE, zone: 'a' }] }],
])('refuses with: %s', (message, config) => {
  expect(() => parseGarageConfig(JSON.stringify(config))).toThrow(message);
});
