import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Prometheus' own judge of its files. */
const promtool = spawnSync('promtool', ['--version']).status === 0;
if (!promtool) console.warn('promtool is not on PATH: what it says of the configuration and the rules is not tested');

/** Debian's, for one, is built without what finds pods. */
const knowsPods = promtool && takes('scrape_configs: [{ job_name: pods, kubernetes_sd_configs: [{ role: pod }] }]');
if (promtool && !knowsPods) console.warn('promtool knows no pods: what it says of the configuration is not tested');

/** Lets promtool look at an Admin's files, and play the series of a file of tests against its rules. */
export function withPromtool(tests: string, files: () => Record<string, string>): void {
  (promtool ? describe : describe.skip)('promtool', () => {
    const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
    const check = (...args: string[]) => execFileSync('promtool', args, { cwd: folder, encoding: 'utf8' });

    beforeAll(() => {
      for (const [name, text] of Object.entries(files())) writeFileSync(join(folder, name), text);
    });

    (knowsPods ? test : test.skip)('takes the configuration', () => {
      expect(check('check', 'config', '--syntax-only', 'prometheus.yml')).toContain('SUCCESS');
    });

    test('takes the rules', () => {
      expect(check('check', 'rules', 'rules.yml')).toContain('SUCCESS');
    });

    test(`sees each alert fire when it should, and not before, by ${tests}`, () => {
      writeFileSync(join(folder, 'tests.yml'), readFileSync(join(__dirname, tests), 'utf8'));
      expect(check('test', 'rules', 'tests.yml')).toContain('SUCCESS');
    });
  });
}

function takes(configuration: string): boolean {
  const file = join(mkdtempSync(join(tmpdir(), 'promtool-')), 'prometheus.yml');
  writeFileSync(file, configuration);
  return spawnSync('promtool', ['check', 'config', '--syntax-only', file]).status === 0;
}
