import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { testWith } from './tools';

/** For a test that starts mysqld. */
export const testOnMysqld = testWith('mysqld');

/** The exit code of mysqld for a server's my.cnf, 0 where it knows every option, and what it says. */
export function validated(myCnf: string): { readonly code: number | null; readonly said: string } {
  const root = mkdtempSync(join(tmpdir(), 'mysqld-'));
  for (const folder of ['lib/data', 'lib/tmp', 'run']) mkdirSync(join(root, folder), { recursive: true });
  // A `loose_` option that mysqld does not know is no error, so a misspelt one would never be noticed.
  const strict = myCnf.replaceAll(/^loose_/gm, '');
  const text = strict.replaceAll('/var/lib/mysql', join(root, 'lib')).replaceAll('/run/mysqld', join(root, 'run'));
  writeFileSync(join(root, 'my.cnf'), text);
  const options = [`--defaults-file=${root}/my.cnf`, '--validate-config', `--user=${userInfo().username}`];
  const { status, stderr } = spawnSync('mysqld', options, { encoding: 'utf8' });
  rmSync(root, { recursive: true });
  return { code: status, said: stderr };
}
