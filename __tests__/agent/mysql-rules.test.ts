import { Step, factsOf, joining, mayLead, noteOf, readNote } from '../../agent/mysql/rules';

const first = { uuid: 'a', boot: 'one', half: false, executed: 'a:1-9' };
const second = { uuid: 'b', boot: 'one', half: false, executed: 'a:1-9' };
const empty = { uuid: 'c', boot: 'one', half: false, executed: '' };

test('the server that was the primary may lead again, and the replica that the lease names', () => {
  const facts = { primary: 'a', replica: 'b' };
  expect(mayLead(first, facts, true).well).toBe(true);
  expect(mayLead(second, facts, false).well).toBe(true);
});

test('a replica that the lease does not name never leads, even as the first slice', () => {
  expect(mayLead(second, { primary: 'a' }, true).well).toBe(false);
  expect(mayLead(second, { primary: 'a', replica: 'z' }, true).well).toBe(false);
  expect(mayLead(empty, { primary: 'a', replica: 'b' }, true).well).toBe(false);
});

test('a new pair begins with its first slice, and only where that is empty', () => {
  expect(mayLead(empty, {}, true).well).toBe(true);
  expect(mayLead(empty, {}, false).well).toBe(false);
  expect(mayLead(first, {}, true).well).toBe(false);
});

test('a new pair that is restored begins with its first slice, and only with what was restored', () => {
  expect(mayLead(first, {}, true, 'a:1-9').well).toBe(true);
  expect(mayLead(first, {}, false, 'a:1-9').well).toBe(false);
  expect(mayLead(first, {}, true, 'a:1-8').well).toBe(false);
  expect(mayLead(first, { primary: 'b' }, true, 'a:1-9').well).toBe(false);
});

test('a person who names a replica in a lease that says nothing else lets it lead', () => {
  expect(mayLead(second, { replica: 'b' }, false).well).toBe(true);
});

test('one that begins to lead has no replica, and says whom it took over from', () => {
  expect(factsOf(second, { primary: 'a', replica: 'b' })).toEqual({
    primary: 'b',
    replica: undefined,
    former: 'a',
    force: undefined,
  });
});

test('one that leads again remembers whom it took over from before', () => {
  expect(factsOf(second, { primary: 'b', former: 'a' })).toEqual({
    primary: 'b',
    replica: undefined,
    former: 'a',
    force: undefined,
  });
});

test('what a former primary never acknowledged is given up for a copy; any other surplus is set aside', () => {
  const errant = 'a:10';
  const facts = { primary: 'b', former: 'a' };
  expect(joining({ server: first, facts, errant, missing: '' })).toBe(Step.CLONE);
  expect(joining({ server: empty, facts, errant, missing: '' })).toBe(Step.SET_ASIDE);
  expect(joining({ server: first, facts: { primary: 'b' }, errant, missing: '' })).toBe(Step.SET_ASIDE);
});

test('one that lacks what the primary has no log of any more takes a copy; any other replicates', () => {
  const facts = { primary: 'a' };
  expect(joining({ server: empty, facts, errant: '', missing: 'a:1-5' })).toBe(Step.CLONE);
  expect(joining({ server: empty, facts, errant: '', missing: '' })).toBe(Step.JOIN);
});

test('one that a person forces may lead, and no one is given up for it: the primary before may have acknowledged more', () => {
  const facts = { primary: 'a', force: 'b' };
  expect(mayLead(second, facts, false).well).toBe(true);
  expect(mayLead(first, { primary: 'b', force: 'z' }, true).well).toBe(false);
  const next = factsOf(second, facts);
  expect(next).toEqual({ primary: 'b', replica: undefined, boot: undefined, former: undefined, force: undefined });
  expect(joining({ server: first, facts: { primary: 'b' }, errant: 'a:10', missing: '' })).toBe(Step.SET_ASIDE);
});

test('a replica whose node was started again since it was named does not lead, as its disk may lack what it acknowledged', () => {
  const facts = { primary: 'a', replica: 'b', boot: 'one' };
  expect(mayLead(second, facts, false).well).toBe(true);
  const verdict = mayLead({ ...second, boot: 'two' }, facts, false);
  expect(verdict).toEqual({ well: false, reason: expect.stringContaining('its node was started again') });
  expect(mayLead({ ...first, boot: 'two' }, facts, true).well).toBe(true);
});

test('one whose copy of all data was not finished neither leads nor replicates: it takes another', () => {
  const half = { ...second, half: true };
  for (const facts of [{ primary: 'a', replica: 'b' }, { primary: 'b' }, { primary: 'a', force: 'b' }])
    expect(mayLead(half, facts, false).well).toBe(false);
  expect(joining({ server: half, facts: { primary: 'a' }, errant: '', missing: '' })).toBe(Step.CLONE);
  expect(joining({ server: half, facts: { primary: 'a' }, errant: 'b:1', missing: '' })).toBe(Step.CLONE);
});

test('what the agents say to each other is read as it was written', () => {
  expect(readNote(noteOf('one', false))).toEqual({ boot: 'one', clones: false });
  expect(readNote(noteOf('one', true))).toEqual({ boot: 'one', clones: true });
  expect(readNote(undefined)).toEqual({ boot: undefined, clones: false });
});
