import type { Facts } from '../../agent/engine';
import { noteOf, readNote } from '../../agent/mysql/note';
import type { Server } from '../../agent/mysql/rules';
import { Step, cannotCompare, factsOf, hasToCompare, hindered, joining, mayLead } from '../../agent/mysql/rules';

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

test('a new pair begins with its first slice', () => {
  expect(mayLead(empty, {}, true).well).toBe(true);
  expect(mayLead(empty, {}, false).well).toBe(false);
});

test('a new pair that is restored begins with its first slice', () => {
  expect(mayLead(first, {}, true, 'a:1-9').reason).toBe('the pair is new, and begins with what was restored');
  expect(mayLead(first, {}, false, 'a:1-9').well).toBe(false);
  expect(mayLead(first, { primary: 'b' }, true, 'a:1-9').well).toBe(false);
});

test('where the lease does not say who led, whoever has all that the other has leads, and the first of two with the same', () => {
  const may = (server: typeof first, isFirst: boolean, ahead: string, behind: string) =>
    mayLead(server, {}, isFirst, '', { ahead, behind }).well;
  expect([may(first, true, '', ''), may(second, false, '', '')]).toEqual([true, false]);
  expect([may(first, true, 'a:10', ''), may(second, false, '', 'a:10')]).toEqual([false, true]);
  expect([may(first, true, '', 'a:10'), may(second, false, 'a:10', '')]).toEqual([true, false]);
  // Neither has all of it: a person has to say which counts.
  expect([may(first, true, 'b:1', 'a:10'), may(second, false, 'a:10', 'b:1')]).toEqual([false, false]);
});

test('an emptied first slice does not begin as if the pair were new, and the other one leads', () => {
  const emptied = mayLead(empty, {}, true, '', { ahead: 'a:1-9', behind: '' });
  expect(emptied).toEqual({
    well: false,
    reason: 'the lease does not say who led, and the other server has more: a:1-9',
  });
  expect(mayLead(second, {}, false, '', { ahead: '', behind: 'a:1-9' }).well).toBe(true);
});

test('the servers have to be compared where the lease does not say who led, and only there', () => {
  expect(hasToCompare(empty, {})).toBe(true);
  expect(hasToCompare(first, { term: '4', floor: 'a:1-5' })).toBe(true);
  expect(hasToCompare(first, { primary: 'b' })).toBe(false);
  expect(hasToCompare(second, { replica: 'b' })).toBe(false);
  expect(hasToCompare(second, { force: 'b@0' })).toBe(false);
  expect(hasToCompare({ ...empty, half: true }, {})).toBe(false);
});

test('a server that lacks what the lease knows it had does not lead, as its volume was set back', () => {
  const setBack = { ...first, lacks: 'a:7-9' };
  for (const facts of [{ primary: 'a' }, { primary: 'z', replica: 'a' }, {}])
    expect(mayLead(setBack, facts, true)).toEqual({ well: false, reason: expect.stringContaining('it lacks a:7-9') });
  expect(mayLead(setBack, { primary: 'z', force: 'a@0' }, true).well).toBe(true);
  expect(mayLead({ ...first, lacks: '' }, { primary: 'a' }, true).well).toBe(true);
});

test('a server with data leads where the copy of the other one was not finished, whatever that one says it has', () => {
  const half = { ahead: 'a:10', behind: 'b:1', half: true };
  for (const isFirst of [true, false]) {
    expect(mayLead(second, {}, isFirst, '', half).well).toBe(true);
    expect(mayLead(empty, {}, isFirst, '', half)).toEqual({
      well: false,
      reason: expect.stringContaining('and this one has nothing'),
    });
    expect(mayLead(second, { primary: 'a' }, isFirst, '', half).well).toBe(false);
  }
});

test('a person who names a replica in a lease that says nothing else lets it lead', () => {
  expect(mayLead(second, { replica: 'b' }, false).well).toBe(true);
});

test('one that begins to lead has no replica, and says whom it took over from', () => {
  expect(factsOf(second, { primary: 'a', replica: 'b' }, 5)).toEqual({
    primary: 'b',
    replica: undefined,
    former: 'a',
    term: '5',
    floor: 'a:1-9',
    force: undefined,
  });
});

test('one that leads again remembers whom it took over from before', () => {
  expect(factsOf(second, { primary: 'b', former: 'a' }, 5)).toMatchObject({ primary: 'b', former: 'a' });
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
  const facts = { primary: 'a', term: '7', force: 'b@7' };
  expect(mayLead(second, facts, false).well).toBe(true);
  expect(mayLead(first, { primary: 'b', term: '7', force: 'z@7' }, true).well).toBe(false);
  const next = factsOf(second, facts, 8);
  expect(next).toMatchObject({
    primary: 'b',
    replica: undefined,
    boot: undefined,
    former: undefined,
    force: undefined,
  });
  expect(joining({ server: first, facts: { primary: 'b' }, errant: 'a:10', missing: '' })).toBe(Step.SET_ASIDE);
});

test('a force counts in the term that it names, and in no other', () => {
  const reason = (force: string, term: string | undefined) =>
    mayLead(second, { primary: 'a', force, ...(term === undefined ? {} : { term }) }, false);
  expect(reason('b@7', '7').well).toBe(true);
  expect(reason('b@7', '8').well).toBe(false);
  expect(reason('b@0', undefined).well).toBe(true);
  expect(reason('b', '7')).toEqual({
    well: false,
    reason: 'it may lack what the primary acknowledged; to force it, write force=b@7',
  });
});

test('what hinders a server is said before what the Lease says, and a person may still let it lead', () => {
  const broken = 'it cannot apply what it received';
  const verdict = (facts: Facts) => hindered(second, facts, mayLead(second, facts, false), broken);
  expect(verdict({ primary: 'a', replica: 'b', term: '7' }).reason).toBe(
    `${broken}; if the primary is lost for good, write force=b@7`,
  );
  expect(verdict({ primary: 'a', term: '7' }).reason).toBe(
    `${broken}; it may lack what the primary acknowledged; if that one is lost for good, write force=b@7`,
  );
  expect(verdict({ primary: 'a', term: '7', force: 'b@7' })).toEqual({ well: true, reason: 'a person said so' });
});

test('where only a person can say who leads, the reason says which force to write, but for an empty server', () => {
  const facts = { primary: 'a', term: '7' };
  const ask = (server: Server, said = {}, difference?: { ahead: string; behind: string }) =>
    mayLead(server, said, false, '', difference).reason;
  expect(ask(second, facts)).toBe(
    'it may lack what the primary acknowledged; if that one is lost for good, write force=b@7',
  );
  expect(ask({ ...second, boot: 'two' }, { ...facts, replica: 'b', boot: 'one' })).toBe(
    'its node was started again, and it may have lost what it had acknowledged to the primary; if that one is lost for good, write force=b@7',
  );
  expect(ask({ ...second, lacks: 'a:7' }, facts)).toBe(
    'it lacks a:7: its volume, or the lease, is older than what it has had; if it is to lead without that, write force=b@7',
  );
  expect(ask(empty, facts)).toBe('it may lack what the primary acknowledged');
  expect(ask(second, {}, { ahead: 'a:10', behind: 'b:1' })).toBe(
    'the lease does not say who led, and a:10 is there alone, b:1 here alone; if this one is to lead, write force=b@0',
  );
  expect(cannotCompare(second, {}, 'ECONNREFUSED').reason).toBe(
    'the lease does not say who led, and the other server does not say what it has: ECONNREFUSED; if that one is lost for good, write force=b@0',
  );
  expect(cannotCompare(empty, {}, 'ECONNREFUSED').reason).not.toContain('force');
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
  for (const facts of [{ primary: 'a', replica: 'b' }, { primary: 'b' }, { primary: 'a', force: 'b@0' }])
    expect(mayLead(half, facts, false).well).toBe(false);
  expect(joining({ server: half, facts: { primary: 'a' }, errant: '', missing: '' })).toBe(Step.CLONE);
  expect(joining({ server: half, facts: { primary: 'a' }, errant: 'b:1', missing: '' })).toBe(Step.CLONE);
});

test('what the agents say to each other is read as it was written', () => {
  expect(readNote(noteOf('one'))).toEqual({ boot: 'one' });
  for (const to of ['clones', 'discards'] as const)
    expect(readNote(noteOf('one', { to, number: '1-77' }))).toEqual({ boot: 'one', asks: { to, number: '1-77' } });
  // An agent of an earlier version.
  expect(readNote('one clones')).toEqual({ boot: 'one', asks: { to: 'clones', number: undefined } });
  expect(readNote(undefined)).toEqual({ boot: undefined });
});
