import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testWith } from './tools';

/** How the configuration finds nodes and pods. Debian's promtool is built without Kubernetes, and does not know it. */
const FOUND = /^( *)kubernetes_sd_configs:\n(?:\1 .*\n)+/gm;

/** A bound of all jobs together, which promtool knows since 2.46; Debian's stable release has 2.42. */
const BOUND = /^(global:\n(?: .*\n)*?) *sample_limit: \d+\n/m;

function known(configuration: string): string {
  const text = configuration.replace(FOUND, '$1static_configs: []\n');
  const { stdout, stderr } = spawnSync('promtool', ['--version'], { encoding: 'utf8' });
  const [, version = ''] = /version (\d+\.\d+)/.exec(`${stdout}${stderr}`) ?? [];
  return version.localeCompare('2.46', undefined, { numeric: true }) < 0 ? text.replace(BOUND, '$1') : text;
}

/** Lets promtool look at an Admin's files, and play the series of a file of tests against its rules. */
export function withPromtool(tests: string, files: () => Record<string, string>): void {
  const withTool = testWith('promtool');

  describe('promtool', () => {
    const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
    const check = (...args: string[]) => execFileSync('promtool', args, { cwd: folder, encoding: 'utf8' });

    beforeAll(() => {
      // The pages that alerts name are a test of their own.
      const without = (text: string) => text.replaceAll(/^ *runbook_url: .*\n/gm, '');
      for (const [name, text] of Object.entries(files())) writeFileSync(join(folder, name), without(text));
    });

    withTool('takes the configuration', () => {
      const configuration = readFileSync(join(folder, 'prometheus.yml'), 'utf8');
      writeFileSync(join(folder, 'known.yml'), known(configuration));
      expect(check('check', 'config', '--syntax-only', 'known.yml')).toContain('SUCCESS');
    });

    withTool('takes the rules', () => {
      expect(check('check', 'rules', 'rules.yml')).toContain('SUCCESS');
    });

    withTool(`sees each alert fire when it should, and not before, by ${tests}`, () => {
      writeFileSync(join(folder, 'tests.yml'), readFileSync(join(__dirname, tests), 'utf8'));
      expect(check('test', 'rules', 'tests.yml')).toContain('SUCCESS');
    });
  });
}
