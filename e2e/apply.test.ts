import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, kubectl, synth, withCluster } from './support';

const run = promisify(execFile);
const EXAMPLES = (existsSync(join(ROOT, 'examples')) ? readdirSync(join(ROOT, 'examples')) : [])
  .map((folder) => join('examples', folder, 'main.ts'))
  .filter((file) => existsSync(join(ROOT, file)));

withCluster('a real API server', () => {
  test.each(['main.ts', ...EXAMPLES])('takes every object of %s without a warning', async (main) => {
    const folder = synth(main);
    const before = await namespaces();
    const made: string[] = [];
    try {
      // A dry run does not make the namespaces that the other objects are in.
      const { stdout } = await run('sh', [
        '-c',
        `cat ${folder}/*site.k8s.yaml | kubectl create --dry-run=client -o name -f -`,
      ]);
      for (const name of stdout.split('\n').filter((line) => line.startsWith('namespace/'))) {
        const short = name.replace('namespace/', '');
        if (before.includes(short)) continue;
        await kubectl('create', 'namespace', short);
        await kubectl('label', 'namespace', short, 'pod-security.kubernetes.io/warn=restricted');
        made.push(short);
      }
      const { stderr } = await run('kubectl', ['apply', '--dry-run=server', '-f', folder]);
      expect(stderr.split('\n').filter((line) => line && !line.includes('last-applied-configuration'))).toEqual([]);
    } finally {
      if (made.length > 0) await kubectl('delete', 'namespace', '--wait=false', ...made);
    }
  });
});

async function namespaces(): Promise<string[]> {
  return (await kubectl('get', 'namespaces', '-o', 'name')).split('\n').map((line) => line.replace('namespace/', ''));
}
