import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CONFIGURATION_INVARIANTS } from './configuration-invariants';
import { INVARIANTS } from './invariants';
import { testOnMysqld, validated } from './mysqld';
import { NETWORK_INVARIANTS } from './network-invariants';
import { judged, testOnNginx } from './nginx';
import { Manifest, ofKind } from './support';

const ROOT = resolve(__dirname, '..');

/** The dfw site, and every folder of examples/ that has a main.ts. */
const EXAMPLES = [
  'main.ts',
  ...(existsSync(join(ROOT, 'examples')) ? readdirSync(join(ROOT, 'examples')) : [])
    .map((folder) => join('examples', folder, 'main.ts'))
    .filter((file) => existsSync(join(ROOT, file))),
];

const RULES = { ...INVARIANTS, ...NETWORK_INVARIANTS, ...CONFIGURATION_INVARIANTS };

describe.each(EXAMPLES)('%s', (main) => {
  const outdir = mkdtempSync(join(tmpdir(), 'synth-'));
  let objects: Manifest[];

  beforeAll(() => {
    execFileSync('npx', ['tsx', main], { cwd: ROOT, env: { ...process.env, CDK8S_OUTDIR: outdir } });
    objects = readdirSync(outdir)
      .sort()
      .flatMap((file) => parseAllDocuments(readFileSync(join(outdir, file), 'utf8')).map((each) => each.toJS()));
  }, 60_000);

  test.each(Object.keys(RULES))('%s', (rule) => {
    expect(objects.length).toBeGreaterThan(3);
    RULES[rule]?.(objects);
  });

  testOnNginx('nginx takes its configuration', () => {
    const texts = ofKind(objects, 'ConfigMap').flatMap(({ data }) => data['nginx.conf'] ?? []);
    for (const text of texts) expect(judged(text)).toContain('test is successful');
  });

  testOnMysqld('mysqld takes its configuration', () => {
    const texts = ofKind(objects, 'ConfigMap').flatMap(({ data }) => data['my.cnf'] ?? []);
    for (const text of texts) expect(validated(text)).toEqual({ code: 0, said: '' });
  });

  if (main === 'main.ts') {
    test('dist is what synth gives', () => {
      const files = (folder: string) =>
        readdirSync(folder)
          .sort()
          .map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
      expect(files(join(ROOT, 'dist'))).toEqual(files(outdir));
    });
  }
});
