import { mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MysqldFence } from '../../agent/mysql/fence';
import { disk } from '../../agent/files';

/** A fence on the disk of this machine, on a node that started 1,234.56 s ago. */
function made() {
  const folder = join(mkdtempSync(join(tmpdir(), 'fence-')), 'agent');
  const fence = new MysqldFence(folder, disk, () => 1234.56);
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { folder, fence, read, files: () => readdirSync(folder).sort() };
}

test('the folder is one that another user may write to', () => {
  expect(statSync(made().folder).mode & 0o777).toBe(0o777);
});

test('a server is the active one for as long as is said, in hundredths of a second of the uptime', () => {
  const { fence, read, files } = made();
  fence.extend(800);
  expect([read('active-until'), files()]).toEqual(['123536\n', ['active-until']]);
  fence.extend(2_400);
  expect(read('active-until')).toBe('123696\n');
});

test('a server that is not the active one any more is left alone', () => {
  const { fence, files } = made();
  fence.extend(800);
  fence.release();
  fence.release();
  expect(files()).toEqual([]);
});

test('a server that is to be ended has had its time', () => {
  const { fence, read } = made();
  fence.kill();
  expect(read('active-until')).toBe('0\n');
});

test('a server that refuses writes may be told to stop, until it is about to take writes', () => {
  const { fence, files } = made();
  fence.refuses();
  expect(files()).toEqual(['refuses']);
  fence.mayTakeWrites();
  expect(files()).toEqual([]);
  fence.refuses();
  fence.opens();
  expect(files()).toEqual([]);
});

test('a server that was told to stop does not open, and is not said to refuse again', () => {
  const { folder, fence, files } = made();
  writeFileSync(join(folder, 'stopping'), '');
  fence.refuses();
  expect(files()).toEqual(['stopping']);
  expect(() => fence.opens()).toThrow('mysqld is about to stop');
});

test('a server that was told to stop does not open, though it was said to refuse again in the same moment', () => {
  const { folder, fence } = made();
  for (const file of ['refuses', 'stopping']) writeFileSync(join(folder, file), '');
  expect(() => fence.opens()).toThrow('mysqld is about to stop');
});

test('a server that nobody knows to refuse writes does not open', () => {
  expect(() => made().fence.opens()).toThrow('was started again a moment ago');
});

test('a server is ready for as long as that is said', () => {
  const { fence, files } = made();
  fence.ready(true);
  expect(files()).toEqual(['ready']);
  fence.ready(false);
  fence.ready(false);
  expect(files()).toEqual([]);
});

test('what a new pair was restored with is one set of transactions, without line breaks', () => {
  const { folder, fence } = made();
  expect(fence.restored()).toBe('');
  writeFileSync(join(folder, 'restored'), 'a:1-5,\nb:1\n');
  expect(fence.restored()).toBe('a:1-5,b:1');
});
