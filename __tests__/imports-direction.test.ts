import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { Size } from 'cdk8s';
import { Durability, ReplicatedMySQL } from '../constructs';
import { newSite } from './support';

const ROOT = resolve(__dirname, '../constructs');

/** The folder of constructs/ that a file is in: that of its role, or core. */
function folderOf(file: string): string {
  return file.slice(ROOT.length + 1).split(sep)[0] as string;
}

/** Each folder of constructs/, and the folders that its files import from, types included. */
function graph(): Map<string, Set<string>> {
  const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const found = new Map<string, Set<string>>();
  // index.ts says what is public, and imports from all.
  for (const file of files.filter((each) => each.includes(sep)).map((each) => join(ROOT, each))) {
    const targets = found.get(folderOf(file)) ?? new Set();
    found.set(folderOf(file), targets);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/\bfrom '(\.[^']+)'/g)) {
      const target = resolve(dirname(file), path!);
      if (target.startsWith(ROOT + sep) && folderOf(target) !== folderOf(file)) targets.add(folderOf(target));
    }
  }
  return found;
}

test('core imports from no role', () => {
  expect([...graph().get('core')!]).toEqual([]);
});

test('no two folders need each other, be it by a third', () => {
  const folders = graph();
  expect(folders.size).toBeGreaterThan(8);
  const order: string[] = [];
  // A folder comes after all that it imports from: what is left over imports in a circle.
  for (let before = -1; before < order.length;) {
    before = order.length;
    for (const [folder, targets] of folders)
      if (!order.includes(folder) && [...targets].every((each) => order.includes(each))) order.push(folder);
  }
  expect([...folders.keys()].filter((each) => !order.includes(each))).toEqual([]);
});

test('a database does not know the programs whose tables it has', () => {
  const above = ['blobs', 'jobs', 'web', 'mail', 'balancer', 'admin'];
  expect([...graph().get('mysql')!].filter((each) => above.includes(each))).toEqual([]);
});

test('the account for figures may read the tables of each queue and store, and no others', () => {
  const durability = Durability.PREFERRED;
  const pair = new ReplicatedMySQL(newSite(), 'db', { ram: Size.gibibytes(1), durability, databases: ['site'] });
  const texts = pair.chart.toJson().flatMap(({ kind, data }) => (kind === 'ConfigMap' ? Object.values(data) : []));
  const granted = [...texts.join('\n').matchAll(/GRANT SELECT, CREATE ON \S+`(\w+)` TO 'figures'/g)].map(
    ([, table]) => table,
  );
  const tables = ['device', 'error', 'file_to_delete2', 'file_to_replicate', 'fsck_log', 'funcmap', 'job'];
  expect(new Set(granted)).toEqual(new Set(tables));
});
