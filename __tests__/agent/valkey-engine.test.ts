import { setTimeout as pass } from 'node:timers/promises';
import { Laboratory, pair, until } from './valkey-lab';
import { testWith } from '../tools';

jest.setTimeout(60_000);
const testValkey = testWith('valkey');

let made: Laboratory;

async function begin(durability: 'preferred' | 'required') {
  made = await pair(durability);
  await made.one.take();
  await made.two.engine.follow({ pod: 'kv-1', address: '', term: 1, facts: made.lease.facts });
  await until('a replica that is named', () => made.lease.facts['replica'] !== undefined);
  return made;
}

afterEach(async () => {
  made.network.close();
  for (const each of [made.one, made.two]) await each.stop();
});

testValkey('the first slice of a new pair leads, and names its replica, which alone may take over', async () => {
  const { lease, one, two } = await begin('preferred');
  const standing = await two.server.standing();
  expect(lease.facts).toEqual({ primary: expect.any(String), term: '1', replica: standing.run });
  expect(await one.program().ask('SET', 'a', '1')).toBe('OK');
  await expect(two.program().ask('SET', 'a', '2')).rejects.toThrow('READONLY');
  expect(await two.engine.mayLead(lease.facts)).toMatchObject({ well: true });
  expect(await two.engine.mayLead({ ...lease.facts, replica: 'another run' })).toMatchObject({
    well: false,
    reason: expect.stringContaining('write force='),
  });
});

testValkey('a primary that is killed starts closed, and its replica takes over with all that it was sent', async () => {
  const { lease, one, two } = await begin('preferred');
  const program = one.program();
  for (let count = 0; count < 500; count++) await program.ask('INCR', 'n');
  one.signal('SIGKILL');
  await until('it is back', async () => !(await one.server.standing()).leads);
  expect(await one.engine.check()).toMatchObject({ well: false, reason: 'it was restarted, and takes no writes' });
  lease.holder = '';
  await one.engine.demote('it was restarted', false);
  await two.take();
  expect(await two.program().ask('GET', 'n')).toBe('500');
  await one.engine.follow({ pod: 'kv-2', address: '', term: 2, facts: lease.facts });
  await until('the former primary is the replica', () => lease.facts['replica'] !== undefined);
  expect(await one.server.standing()).toMatchObject({ leads: false, linked: true, keys: 1 });
  expect(await two.program().ask('INCR', 'n')).toBe(501);
});

testValkey('a planned stop hands over every acknowledged write, under load', async () => {
  const { lease, one, two } = await begin('required');
  const program = one.program();
  let acknowledged = 0;
  const load = (async () => {
    for (;;) acknowledged = Number(await program.ask('INCR', 'n'));
  })().catch(String);
  await until('some writes', () => acknowledged > 100);
  await one.engine.demote('it hands over', true);
  lease.holder = '';
  // Its clients were told that it refuses, or were cut off.
  expect(await load).toMatch(/NOREPLICAS|READONLY|closed the connection/);
  await two.take();
  expect(Number(await two.server.standing().then(() => two.program().ask('GET', 'n')))).toBe(acknowledged);
  await one.engine.follow({ pod: 'kv-2', address: '', term: 2, facts: lease.facts });
  await until('the former primary is the replica', () => lease.facts['replica'] !== undefined);
  // It had nothing more.
  expect(one.events.filter((each) => each.startsWith('ValkeyWritesLost'))).toEqual([]);
});

testValkey('PREFERRED goes on without a replica, and only once the Lease does not name it', async () => {
  const { lease, one, two } = await begin('preferred');
  const program = one.program();
  lease.reachable = false;
  two.signal('SIGSTOP');
  await until('writes are refused', async () =>
    program.ask('INCR', 'n').then(
      () => false,
      (error: Error) => /NOREPLICAS/.test(error.message),
    ),
  );
  const refused = () =>
    program.ask('INCR', 'n').then(
      () => false,
      () => true,
    );
  for (const end = Date.now() + 1_000; Date.now() < end;) expect(await refused()).toBe(true);
  expect(lease.facts['replica']).toBeDefined();
  lease.reachable = true;
  await until('it goes on', async () => !(await refused()));
  expect(lease.facts['replica']).toBeUndefined();
  expect(one.events.join()).toContain('writes go on without a replica');
  two.signal('SIGCONT');
  await until('the replica is named again', () => lease.facts['replica'] !== undefined);
  expect(await two.engine.mayLead(lease.facts)).toMatchObject({ well: true });
});

testValkey('REQUIRED takes no write while there is no replica, and goes on when it is back', async () => {
  const { lease, one, two } = await begin('required');
  const program = one.program();
  const refused = () =>
    program.ask('INCR', 'n').then(
      () => '',
      (error: Error) => error.message,
    );
  two.signal('SIGSTOP');
  await until('it is not named any more', () => lease.facts['replica'] === undefined);
  expect(await refused()).toMatch(/NOREPLICAS/);
  two.signal('SIGCONT');
  await until('it goes on', async () => (await refused()) === '');
  expect(lease.facts['replica']).toBeDefined();
});

/** Writes one number after the other; when each was acknowledged, and how the last one failed. */
async function countUp(program: ReturnType<Laboratory['one']['program']>, until: () => boolean) {
  const acknowledged: { readonly n: number; readonly at: number }[] = [];
  let refused = '';
  while (!until()) {
    const n = await program.ask('INCR', 'n').catch((error: Error) => error.message);
    if (typeof n === 'number') acknowledged.push({ n, at: performance.now() });
    else refused = String(n);
    if (refused !== '') await pass(10);
  }
  return { acknowledged, refused };
}

testValkey(
  'REQUIRED refuses writes half a second after its replica is cut off, and loses those of that time alone',
  async () => {
    const { lease, network, one, two } = await begin('required');
    const program = one.program();
    await until('it takes writes', () => program.ask('INCR', 'n').then(() => true));
    let cutAt = Infinity;
    setTimeout(() => {
      cutAt = performance.now();
      // The Lease goes on to name the replica, as the API server is out of reach.
      lease.reachable = false;
      network.cut();
    }, 1_000);
    const { acknowledged, refused } = await countUp(program, () => performance.now() > cutAt + 3_000);
    expect(refused).toMatch(/NOREPLICAS/);
    const after = acknowledged.filter(({ at }) => at > cutAt);
    expect(acknowledged.length).toBeGreaterThan(after.length);
    // A round of the agent was up to a quarter of a second before; the rest is for a busy machine.
    expect(after.at(-1)!.at - cutAt).toBeLessThan(1_000);
    lease.holder = '';
    await one.engine.demote('the lease was lost', false);
    network.heal();
    lease.reachable = true;
    await until('the replica takes over', () => two.take().then(() => true));
    const n = Number(await two.program().ask('GET', 'n'));
    expect(n).toBeGreaterThanOrEqual(acknowledged.filter(({ at }) => at < cutAt - 50).at(-1)!.n);
  },
);

testValkey('a replica that was started again does not lead before it was named anew', async () => {
  const { lease, one, two } = await begin('preferred');
  lease.reachable = false;
  two.signal('SIGKILL');
  await until('it is back', async () => (await two.server.standing()).run !== lease.facts['replica']);
  expect(await two.engine.mayLead(lease.facts)).toMatchObject({ well: false });
  lease.reachable = true;
  await until('it is named anew', async () => (await two.server.standing()).run === lease.facts['replica']);
  expect(await one.program().ask('SET', 'a', '1')).toBe('OK');
});

testValkey('a primary whose agent is gone is killed by its script, and starts closed', async () => {
  const { one, lease } = await begin('preferred');
  const { run } = await one.server.standing();
  // The agent does not say any more that it is the active one.
  lease.holder = '';
  await until('another run, which takes no writes', async () => {
    const standing = await one.server.standing();
    return standing.run !== run && !standing.leads;
  });
  await expect(one.program().ask('INCR', 'n')).rejects.toThrow('READONLY');
});

testValkey('a server that is stopped when it is to refuse writes is killed', async () => {
  const { one, lease } = await begin('preferred');
  one.signal('SIGSTOP');
  lease.holder = '';
  await one.engine.demote('the lease was lost', false);
  expect(one.log.join()).toContain('it did not refuse writes within 300 ms');
  await until('it is back, closed', async () => !(await one.server.standing()).leads);
});

testValkey('programs may not do what only agents may', async () => {
  const { one } = await begin('preferred');
  const program = one.program();
  for (const words of [
    ['CONFIG', 'GET', '*'],
    ['REPLICAOF', 'NO', 'ONE'],
    ['SHUTDOWN'],
    ['PSYNC', '?', '-1'],
    ['ACL', 'LIST'],
  ])
    await expect(program.ask(...words)).rejects.toThrow('NOPERM');
  expect(await program.ask('INFO', 'server')).toContain('run_id');
  expect(await program.ask('ROLE')).toContain('master');
});

testValkey('a planned stop whose replica does not answer leaves nobody to take over who lacks something', async () => {
  const { lease, one, two } = await begin('preferred');
  two.signal('SIGSTOP');
  await one.engine.demote('it is about to stop', true);
  two.signal('SIGCONT');
  expect(lease.facts['replica']).toBeUndefined();
  await until('the replica says why', async () => {
    const { well, reason } = await two.engine.mayLead(lease.facts);
    return !well && reason.includes('it may lack what the primary acknowledged');
  });
});

testValkey('writes that the replica had not received are told of, and given up', async () => {
  const { lease, network, one, two } = await begin('preferred');
  // The Lease goes on to name the replica.
  lease.reachable = false;
  two.signal('SIGSTOP');
  const program = one.program();
  // More than sockets hold, and less than what the primary keeps for its replica.
  const writes = Array.from({ length: 80 }, (_, count) => program.ask('SET', `large${count}`, 'x'.repeat(1_000_000)));
  const acknowledged = (await Promise.allSettled(writes)).filter(({ status }) => status === 'fulfilled').length;
  lease.holder = '';
  await one.engine.demote('the lease was lost', false);
  network.drop();
  two.signal('SIGCONT');
  lease.reachable = true;
  await until('it takes over', () => two.take().then(() => true));
  const { keys } = await two.server.standing();
  expect(keys).toBeLessThan(acknowledged);
  await one.engine.follow({ pod: 'kv-2', address: '', term: 2, facts: lease.facts });
  await until('the former primary is the replica', () => lease.facts['replica'] !== undefined);
  expect(await one.server.standing()).toMatchObject({ keys });
  expect(one.events.join()).toMatch(/ValkeyWritesLost: gives up \d{6,} bytes of writes that kv-2 had not received/);
});

testValkey('a new password is good beside the one before, and the replica follows by it', async () => {
  const { one, two } = await begin('preferred');
  for (const each of [one, two]) each.setPassword('default', 'new', 'programs');
  await until('both tell of it', () => [one, two].every(({ events }) => events.join().includes('ValkeyPassword')));
  expect(await one.program().ask('SET', 'a', '1')).toBe('OK');
  for (const each of [one, two]) each.setPassword('default', 'new');
  await until('the one before is refused', () =>
    one
      .program()
      .ask('PING')
      .then(
        () => false,
        (error: Error) => /WRONGPASS/.test(error.message),
      ),
  );
});
