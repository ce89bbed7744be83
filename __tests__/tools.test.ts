import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TOOLS } from './tools';

const ROOT = resolve(__dirname, '..');
const sources = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file !== 'tools.test.ts')
  .map((file) => [file, readFileSync(join(__dirname, file), 'utf8')] as const);

/** The tests that need mysqld, run where no program at all is found. */
function withoutPrograms(env: Record<string, string>) {
  const jest = [join(ROOT, 'node_modules/.bin/jest'), '--ci', '--json', '__tests__/mysqld.test.ts'];
  const { stdout, stderr } = spawnSync(process.execPath, jest, {
    cwd: ROOT,
    env: { PATH: '', ...env },
    encoding: 'utf8',
  });
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(stdout);
  return { passed: numPassedTests, failed: numFailedTests > 0, skipped: numPendingTests > 0, said: stderr };
}

const REASON =
  'mysqld is not installed; with the image docker.io/library/mysql:9.7 in podman, write: PATH=$(.ci/mysqld):$PATH';

test('a test whose program is missing is skipped with the reason', () => {
  const result = withoutPrograms({});
  expect(result).toMatchObject({ passed: 0, failed: false, skipped: true });
  expect(result.said).toContain(`Tests are skipped: ${REASON}`);
});

test('in CI a test whose program is missing fails with the reason', () => {
  const result = withoutPrograms({ CI: '1' });
  expect(result).toMatchObject({ passed: 0, failed: true, skipped: false });
  expect(result.said).toContain(REASON);
});

test('in CI a test whose program is known to be missing is skipped', () => {
  expect(withoutPrograms({ CI: '1', TESTS_WITHOUT: 'nginx mysqld' })).toMatchObject({ passed: 0, failed: false });
  expect(withoutPrograms({ CI: '1', TESTS_WITHOUT: 'nginx' })).toMatchObject({ passed: 0, failed: true });
});

test.each(Object.keys(TOOLS))('a test runs %s', (name) => {
  const users = sources.filter(([, text]) =>
    [...text.matchAll(/testWith\(([^)]*)\)/g)].some(([, names]) => names!.includes(`'${name}'`)),
  );
  expect(users.length).toBeGreaterThan(0);
});

test('no test is skipped but by tools.ts, which says why', () => {
  const skipping = sources.filter(([, text]) =>
    /\.(skip|only|todo)\b|\b(xtest|xit|xdescribe|fit|fdescribe)\(/.test(text),
  );
  expect(skipping.map(([file]) => file)).toEqual(['tools.ts']);
});
