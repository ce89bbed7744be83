import { resolve } from 'node:path';
import { readManifests } from '../cli/manifests';
import { siteGraph } from '../cli/site-graph';
import { ramOfSets } from './invariants';

/** The thirteen servers that the site of main.ts had, as the person who ran them told it. */
const SEED: [string, number][] = [
  ['dfw-admin01', 512],
  ['dfw-lb01', 256],
  ['dfw-lb02', 256],
  ['dfw-web01', 1024],
  ['dfw-web02', 1024],
  ['dfw-jobs01', 1024],
  ['dfw-memc01', 512],
  ['dfw-memc02', 512],
  ['dfw-mog01', 256],
  ['dfw-mog02', 256],
  ['dfw-mail01', 256],
  ['dfw-db01', 1024],
  ['dfw-db02', 1024],
];

const manifests = readManifests(resolve(__dirname, '../dist'));
const { roles } = siteGraph(manifests);

test.each(SEED)('%s is there, and has the %i MiB that it had', (slice, mebibytes) => {
  const role = roles.find((each) => each.slices.includes(slice));
  expect(role).toBeDefined();
  expect(ramOfSets(manifests)[role?.name ?? '']).toBe(mebibytes);
});

test('there is no fourteenth', () => {
  expect(roles.flatMap((role) => role.slices).sort()).toEqual(SEED.map(([slice]) => slice).sort());
});
