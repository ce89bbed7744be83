import { shareOut } from '../constructs/jobs/shares';

test('those who ask for nothing share the rest evenly, to the last MiB', () => {
  expect(shareOut(1024, [256, undefined, undefined, undefined])).toEqual([256, 256, 256, 256]);
  expect(shareOut(100, [30, undefined, undefined, undefined])).toEqual([30, 24, 23, 23]);
});

test('where all ask, what is left is spread in proportion', () => {
  expect(shareOut(1024, [256, 128, 128])).toEqual([512, 256, 256]);
  expect(shareOut(1000, [100, 100, 100])).toEqual([334, 333, 333]);
});

test.each([
  [128, [32, undefined]],
  [256, [64, 64, 32]],
  [1024, [undefined, undefined, 333]],
  [16384, [1, 5000, 7]],
])('shares of %i sum to it', (total, asked) => {
  expect(shareOut(total, asked).reduce((sum, each) => sum + each, 0)).toBe(total);
});
