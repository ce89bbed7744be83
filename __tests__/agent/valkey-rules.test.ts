import { followed, Progress } from '../../agent/valkey/progress';
import { Refusal, encoded, readReply } from '../../agent/valkey/resp';
import { factsOf, mayLead } from '../../agent/valkey/rules';
import type { Server } from '../../agent/valkey/rules';
import { parseInfo } from '../../agent/valkey/server';
import { valkeyMetrics } from '../../agent/valkey/metrics';
import { Volume } from '../../agent/valkey/volume';
import type { Agent, Facts } from '../../agent/engine';

const server: Server = { id: 'one', run: 'r1', loading: false, whole: true, empty: false };
const NAMED = { primary: 'two', replica: 'r1', term: '4' };

test.each<[string, Partial<Server>, Facts, boolean, string]>([
  ['the primary', {}, { primary: 'one' }, true, 'it was the primary'],
  ['the primary while its log is written anew', { whole: false }, { primary: 'one' }, true, 'it was the primary'],
  ['the primary before it has read its log', { loading: true }, { primary: 'one' }, false, 'it loads its data'],
  ['the replica that the lease names', {}, NAMED, true, 'the lease names it as a replica'],
  ['a named replica that takes a copy', { whole: false }, NAMED, false, 'its data are being copied'],
  ['a replica that was started again', { run: 'r2' }, NAMED, false, 'write force=one@4'],
  ['a replica that the lease does not name', {}, { primary: 'two', term: '4' }, false, 'it may lack what the primary'],
  ['one that a person forces', { run: 'r2' }, { ...NAMED, force: 'one@4' }, true, 'a person said so'],
  ['one that was forced in an earlier term', { run: 'r2' }, { ...NAMED, force: 'one@3' }, false, 'write force=one@4'],
  ['one that is forced while it reads its log', { loading: true }, { ...NAMED, force: 'one@4' }, false, 'it loads'],
  ['one with data where the lease is gone', {}, {}, false, 'this server has data; if it is to lead, write force=one@0'],
])('%s', (_, own, facts, well, reason) => {
  const verdict = mayLead({ ...server, ...own }, facts, true, true);
  expect([verdict.well, verdict.reason]).toEqual([well, expect.stringContaining(reason)]);
});

test.each<[boolean, boolean | undefined, boolean, string]>([
  [true, true, true, 'the pair is new'],
  [false, true, false, 'the first slice begins'],
  [true, false, false, 'the other server has data'],
  [true, undefined, false, 'the other server does not answer'],
])('an empty server of a new pair: first %p, other empty %p', (first, other, well, reason) => {
  const verdict = mayLead({ ...server, empty: true }, {}, first, other);
  expect([verdict.well, verdict.reason]).toEqual([well, expect.stringContaining(reason)]);
});

test('one that begins to lead names no replica, and takes out what a person said', () => {
  expect(factsOf(server, { ...NAMED, force: 'one@4' }, 5)).toEqual({
    primary: 'one',
    former: 'two',
    term: '5',
    replica: undefined,
    force: undefined,
  });
  expect(factsOf(server, { primary: 'one', former: 'two' }, 5)).toMatchObject({ former: 'two' });
});

test('a replica is silent since the last moment whose writes it is known to have', () => {
  const progress = new Progress();
  progress.begin(0);
  for (const at of [250, 500, 750, 1_000]) progress.mark(at, at * 2);
  progress.confirm(1_000);
  expect(progress.silence(1_000)).toBe(500);
  progress.confirm(1_999);
  expect(progress.silence(1_000)).toBe(250);
  progress.confirm(2_000);
  expect(progress.silence(1_000)).toBe(0);
});

test('marks that nobody confirms do not pile up', () => {
  const progress = new Progress();
  progress.begin(0);
  for (let at = 0; at < 1_000; at++) progress.mark(at, at);
  progress.confirm(10);
  expect(progress.silence(1_000)).toBe(1_000);
  progress.confirm(999);
  expect(progress.silence(1_000)).toBe(1);
});

const INFO = {
  run_id: 'r1',
  role: 'slave',
  master_host: 'kv01',
  master_port: '6379',
  master_link_status: 'up',
  master_sync_in_progress: '0',
  loading: '0',
  async_loading: '0',
  aof_enabled: '1',
  aof_rewrite_in_progress: '0',
  aof_rewrite_scheduled: '0',
  aof_last_bgrewrite_status: 'ok',
  aof_last_write_status: 'ok',
  master_replid: 'h1',
  master_repl_offset: '70',
  db0: 'keys=3,expires=0,avg_ttl=0',
  db7: 'keys=2,expires=0,avg_ttl=0',
  used_memory: '1000',
};
const standing = (more: object = {}) =>
  parseInfo(
    Object.entries({ ...INFO, ...more })
      .map(([name, value]) => `${name}:${value}`)
      .join('\r\n'),
  );

test('a replica has followed as far as it says, if it is whole and of the same history', () => {
  const primary = standing({ role: 'master', master_repl_offset: '90' });
  expect(standing()).toMatchObject({ source: 'kv01:6379', keys: 5, logged: true, leads: false });
  expect(followed(primary, standing())).toBe(70);
  for (const not of [
    { role: 'master' },
    { master_link_status: 'down' },
    { loading: '1' },
    { master_sync_in_progress: '1' },
    { master_replid: 'h2' },
  ])
    expect(followed(primary, standing(not))).toBeUndefined();
  expect(followed(primary, undefined)).toBeUndefined();
});

test.each([
  { aof_enabled: '0' },
  { aof_rewrite_in_progress: '1' },
  { aof_rewrite_scheduled: '1' },
  { aof_last_bgrewrite_status: 'err' },
  { aof_last_write_status: 'err' },
])('the log of a server does not have all with %p', (not) => {
  expect(standing(not).logged).toBe(false);
});

test('answers are read as they come, in parts as well', () => {
  const all = Buffer.from('+OK\r\n:42\r\n$5\r\nh\r\nlo\r\n$-1\r\n*2\r\n:1\r\n$1\r\na\r\n-ERR no\r\n');
  const found: unknown[] = [];
  for (let at = 0; at < all.length;) {
    const next = readReply(all, at)!;
    found.push(next.reply);
    at = next.end;
  }
  expect(found).toEqual(['OK', 42, 'h\r\nlo', null, [1, 'a'], new Refusal('ERR no')]);
  for (let end = 0; end < 5; end++) expect(readReply(all.subarray(0, end))).toBeUndefined();
  expect(() => readReply(Buffer.from('HTTP/1.1 400\r\n'))).toThrow('it does not speak RESP');
  expect(encoded(['SET', 'ä'])).toBe('*2\r\n$3\r\nSET\r\n$2\r\nä\r\n');
});

test('Prometheus is told of the server, and of the replica that the lease names', () => {
  const told = (metrics: ReturnType<typeof valkeyMetrics>) =>
    Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  expect(told(valkeyMetrics(undefined, undefined))).toEqual({ valkey_up: 0 });
  expect(told(valkeyMetrics(standing(), undefined))).toEqual({
    valkey_up: 1,
    valkey_used_memory_bytes: 1000,
    valkey_replica_linked: 1,
  });
  expect(told(valkeyMetrics(standing({ role: 'master' }), false))).toMatchObject({ valkey_primary_has_replica: 0 });
});

test('a primary takes no writes while its volume is nearly full, and says so once', () => {
  const events: string[] = [];
  const agent = { event: (_: string, reason: string) => void events.push(reason) } as unknown as Agent;
  let bavail = 1_000;
  const volume = new Volume(() => ({ bsize: 2 ** 20, blocks: 10_000, bavail }), agent);
  const full = [1_000, 63, 100, 127, 128, 64].map((free) => {
    bavail = free;
    return volume.look();
  });
  expect(full).toEqual([false, true, true, true, false, false]);
  expect(events).toEqual(['ValkeyVolumeFull', 'ValkeyVolumeFreed']);
});
