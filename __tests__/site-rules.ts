import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CONFIGURATION_INVARIANTS } from './configuration-invariants';
import { INVARIANTS } from './invariants';
import { testOnMysqld, validated } from './mysqld';
import { NETWORK_INVARIANTS } from './network-invariants';
import { judged, testOnNginx } from './nginx';
import { Manifest, ofKind } from './support';

export const ROOT = resolve(__dirname, '..');

const RULES = { ...INVARIANTS, ...NETWORK_INVARIANTS, ...CONFIGURATION_INVARIANTS };

/** Synthesizes a site as its user does, and holds every rule against its objects; `more` is called with the folder it is in. */
export function describeSite(
  main: string,
  env: Record<string, string> = {},
  more: (folder: string) => void = () => {},
): void {
  const outdir = mkdtempSync(join(tmpdir(), 'synth-'));
  let objects: Manifest[];

  beforeAll(() => {
    execFileSync('npx', ['tsx', main], { cwd: ROOT, env: { ...process.env, ...env, CDK8S_OUTDIR: outdir } });
    objects = readdirSync(outdir)
      .sort()
      .flatMap((file) => parseAllDocuments(readFileSync(join(outdir, file), 'utf8')).map((each) => each.toJS()));
  }, 60_000);

  test.each(Object.keys(RULES))('%s', (rule) => {
    expect(objects.length).toBeGreaterThan(3);
    RULES[rule]?.(objects);
  });

  testOnNginx('nginx takes its configuration', () => {
    const texts = ofKind(objects, 'ConfigMap').flatMap(({ data }) => data?.['nginx.conf'] ?? []);
    for (const text of texts) expect(judged(text)).toContain('test is successful');
  });

  testOnMysqld('mysqld takes its configuration', () => {
    const texts = ofKind(objects, 'ConfigMap').flatMap(({ data }) => data?.['my.cnf'] ?? []);
    for (const text of texts) expect(validated(text)).toEqual({ code: 0, said: '' });
  });

  more(outdir);
}
