import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { parse } from 'yaml';
import { Admin, Durability, ReplicatedMySQL } from '../constructs';
import { Manifest, find, newSite, synth } from './support';

/** Recipes of docs/day-two.md: the values are read back from what Kubernetes gets. */

const PAGE = readFileSync(join(__dirname, '../docs/day-two.md'), 'utf8');
const blocks = (language: string) => [...PAGE.matchAll(new RegExp(`\`\`\`${language}\n([^\`]*)\`\`\``, 'g'))];

test('the page has one policy; its patches are in patches.test.ts, and a further recipe needs a test, too', () => {
  expect([PAGE.match(/```ts\n/g)?.length, blocks('yaml').length]).toEqual([1, 1]);
});

test('the policy lets a monitoring of the cluster ask the port of the Admin, and selects no other slice', () => {
  const site = newSite();
  const ram = Size.gibibytes(1);
  new ReplicatedMySQL(site, 'db', { ram, durability: Durability.PREFERRED, databases: ['wiki'] });
  new Admin(site, 'admin', { ram });
  const objects = synth(site);
  const { metadata, spec } = parse(blocks('yaml')[0]?.[1] ?? '');
  const [rule] = spec.ingress;
  const selects = ({ labels }: Manifest) =>
    Object.entries(spec.podSelector.matchLabels).every(([key, value]) => labels[key] === value);
  const templates = objects.flatMap((each: Manifest) => (each.spec?.template ? [each] : []));
  const selected = templates.filter((each) => selects(each.spec.template.metadata));
  expect(selected.map((each) => each.metadata.name)).toEqual(['dfw-admin']);
  expect(metadata.namespace).toBe(selected[0].metadata.namespace);
  const ports = selected[0].spec.template.spec.containers.flatMap((each: Manifest) => each.ports ?? []);
  expect(ports.map((each: Manifest) => each.containerPort)).toContain(rule.ports[0].port);
  expect(find(objects, 'Service', 'dfw-admin').spec.ports.map((each: Manifest) => each.port)).toContain(9090);
});

test('a larger volume is a larger claim, under the name that the recipe patches', () => {
  const site = newSite();
  const ram = Size.gibibytes(1);
  const props = { ram, durability: Durability.PREFERRED, databases: ['wiki'], storage: Size.gibibytes(40) };
  new ReplicatedMySQL(site, 'db', props);
  const { metadata, spec } = find(synth(site), 'StatefulSet', 'dfw-db');
  const [claim] = spec.volumeClaimTemplates;
  const [, names = '', patch = ''] = /kubectl -n dfw patch pvc (.*) -p '(.*)'/.exec(PAGE) ?? [];
  expect(names.split(' ')).toEqual([1, 2].map((number) => `${claim.metadata.name}-${metadata.name}-${number}`));
  expect(JSON.parse(patch).spec.resources.requests.storage).toBe('40Gi');
  expect(claim.spec.resources.requests.storage).toBe('40960Mi');
});
