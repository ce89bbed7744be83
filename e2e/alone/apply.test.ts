import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { readManifests } from '../../cli/manifests';
import { ROOT, kubectl, synth, until, withCluster } from '../support';

const run = promisify(execFile);
const EXAMPLES = (existsSync(join(ROOT, 'examples')) ? readdirSync(join(ROOT, 'examples')) : [])
  .map((folder) => join('examples', folder, 'main.ts'))
  .filter((file) => existsSync(join(ROOT, file)));

withCluster('a real API server', () => {
  test.each(['main.ts', ...EXAMPLES])('takes every object of %s without a warning', async (main) => {
    const folder = synth(main);
    const wanted = readManifests(folder).filter(({ kind }) => kind === 'Namespace');
    // Another example may have had the same, which takes a while to go.
    for (const { metadata } of wanted) await until(`the end of ${metadata.name}`, () => settled(metadata.name));
    const before = await namespaces();
    // A dry run does not make the namespaces that the other objects are in.
    const made = wanted.filter(({ metadata }) => !before.includes(metadata.name));
    const file = join(mkdtempSync(join(tmpdir(), 'namespaces-')), 'namespaces.yaml');
    writeFileSync(file, made.map((each) => stringify(each)).join('---\n'));
    try {
      if (made.length > 0) await kubectl('apply', '-f', file);
      const { stderr } = await run('kubectl', ['apply', '--dry-run=server', '-f', folder]);
      expect(stderr.split('\n').filter((line) => line && !line.includes('last-applied-configuration'))).toEqual([]);
    } finally {
      if (made.length > 0) await kubectl('delete', '--wait=false', '-f', file);
    }
  });
});

/** Whether a namespace is there to stay, or gone. */
async function settled(name: string): Promise<boolean> {
  return (
    (await kubectl('get', 'namespace', name, '--ignore-not-found', '-o', 'jsonpath={.status.phase}')) !== 'Terminating'
  );
}

async function namespaces(): Promise<string[]> {
  return (await kubectl('get', 'namespaces', '-o', 'name')).split('\n').map((line) => line.replace('namespace/', ''));
}
