import type { LeaseRecord } from '../../agent/leader';
import { LeaseWriter } from '../../agent/lease-writer';

const LAST: LeaseRecord = {
  holder: 'db-1_x',
  term: 7,
  version: '41',
  facts: { pod: 'db-1', primary: 'a' },
  leaseMs: 1000,
};
const BLANK: LeaseRecord = { holder: '', term: 0, version: '43', facts: {} };

function stage() {
  const written: unknown[] = [];
  const store = {
    read: async () => undefined,
    write: async (change: object, from: LeaseRecord | undefined) => {
      written.push([change, from?.version]);
      return { ...LAST, version: '44' };
    },
    watch: () => () => undefined,
  };
  return { written, writer: new LeaseWriter(store, 'db-2_y', () => ({})) };
}

test('a Lease that an agent made blank says again what it said, where another saw its end', async () => {
  const { writer, written } = stage();
  writer.sawDeleted(LAST);
  writer.sawLease(BLANK);
  expect(await writer.restored(BLANK)).toMatchObject({ holder: 'db-1_x', term: 7 });
  const { version, ...said } = LAST;
  expect([written, version]).toEqual([[[said, BLANK.version]], '41']);
});

test.each<[string, LeaseRecord | undefined, LeaseRecord]>([
  ['nobody saw its end', undefined, BLANK],
  ['the deleted one was blank itself', BLANK, BLANK],
  ['somebody holds it', LAST, { ...BLANK, holder: 'db-2_y', term: 1 }],
  ['a person has written into it', LAST, { ...BLANK, facts: { force: 'b@0' } }],
])('a Lease is left as it is where %s', async (_, deleted, found) => {
  const { writer, written } = stage();
  if (deleted) writer.sawDeleted(deleted);
  writer.sawLease(found);
  expect(await writer.restored(found)).toBe(found);
  expect(written).toEqual([]);
});
