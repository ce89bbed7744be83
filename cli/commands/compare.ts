import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { kubectl, synthesized } from '../apply';
import { Command } from '../command';
import { announce, connect } from '../connection';
import { driftOf, sentenceOf } from '../drift';
import { inventory, nameOf } from '../inventory';
import { Manifest, readManifests } from '../manifests';
import { CLUSTER, HELP, NAMESPACES, OUTPUT } from '../options';
import { printed } from '../output';
import { inherit, output } from '../programs';
import { findSurplus } from '../prune';

export const diff: Command = {
  name: 'diff',
  summary: 'Show what up would change',
  about: `Shows what applying the site would change, in YAML: the API server is asked, and nothing is changed. SOURCE is that of 'up'. The exit code
is that of kubectl diff: 0 where nothing would change, 1 where something would, and 2 where it fails.`,
  arguments: [{ name: 'SOURCE' }],
  options: {
    ...CLUSTER,
    prune: { type: 'boolean', help: "Name what 'up --prune' would delete, too." },
    ...HELP,
  },
  examples: ['diff', 'diff main.ts --prune'],
  failure: 2,
  async run(call) {
    const manifests = readManifests(await synthesized(call.args[0]));
    const connection = await connect(call);
    const absent = await absentNamespaces(connection.kubectl, manifests);
    const isNew = ({ kind, metadata }: Manifest) =>
      absent.has((kind === 'Namespace' ? metadata.name : metadata.namespace) ?? '');
    const [fresh, present] = [manifests.filter(isNew), manifests.filter((each) => !isNew(each))];
    // In a namespace that is not there, the API server would refuse even to be asked.
    for (const each of fresh) call.say(`+ ${nameOf(each)}`);
    const removed = call.has('prune') ? (await findSurplus(connection.kubectl, manifests)).removed : [];
    for (const each of removed) call.say(`- ${nameOf(each)}`);
    const code = present.length > 0 ? await diffOf(connection.kubectl, present) : 0;
    if (code > 1) return 2;
    return code === 1 || fresh.length > 0 || removed.length > 0 ? 1 : 0;
  },
};

async function diffOf(options: readonly string[], manifests: readonly Manifest[]): Promise<number> {
  const file = join(mkdtempSync(join(tmpdir(), 'diff-')), 'site.yaml');
  writeFileSync(file, manifests.map((each) => stringify(each, { aliasDuplicateObjects: false })).join('---\n'));
  return inherit(kubectl(options), ['diff', '-f', file]);
}

/** The namespaces of the site that the cluster lacks; none, where one may not see them. */
async function absentNamespaces(options: readonly string[], manifests: readonly Manifest[]): Promise<Set<string>> {
  const made = manifests.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
  if (made.length === 0) return new Set();
  const found = await output(kubectl(options), ['get', 'namespaces', ...made, '--ignore-not-found', '--output=name']);
  return new Set(made.filter((name) => !found.split('\n').includes(`namespace/${name}`)));
}

export const drift: Command = {
  name: 'drift',
  summary: 'Show what was edited by hand, and by which manager',
  about: `Shows the fields of a site's objects that are not as they were applied, with the manager that wrote them, such as kubectl-edit, and when.
Controllers, such as autoscalers, do not count. The exit code is 1 where something was edited, and 2 where it fails.`,
  arguments: [{ name: 'SITE', rest: true }],
  options: { ...NAMESPACES, ...OUTPUT, ...HELP },
  examples: ['drift', 'drift dfw -o json'],
  failure: 2,
  async run(call) {
    const connection = await connect(call);
    const wanted = call.texts('namespace');
    const live = await inventory(connection.kubectl, call.args, wanted.length > 0 ? wanted : [connection.namespace]);
    const own = live.filter(({ metadata }) => wanted.length === 0 || wanted.includes(metadata.namespace ?? ''));
    const found = own.flatMap(driftOf);
    const objects = [...new Set(found.map(({ object }) => object))];
    const lines = objects.flatMap((name) => [name, ...found.filter(({ object }) => object === name).map(sentenceOf)]);
    announce(call, connection);
    call.streams.out(printed(call.text('output'), { data: found, lines }));
    return found.length > 0 ? 1 : 0;
  },
};
