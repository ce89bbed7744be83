import { applyFolder, synthesized } from '../apply';
import { Call, Command, UsageError } from '../command';
import { Connection } from '../connection';
import { nameOf } from '../inventory';
import { Manifest, readManifests } from '../manifests';
import { CHANGES, CLUSTER, HELP } from '../options';
import { deleteAll, findSurplus, isNeededUntilReady } from '../prune';
import { makeSecrets } from '../secrets';
import { status } from '../status';
import { sitesOf, waitForSites } from '../up';
import { clusterOfSite, connectToChange, secretStore } from './connected';

export const up: Command = {
  name: 'up',
  summary: 'Synthesize a site, apply it, and wait until it is ready',
  about: `Synthesizes the site, makes the Secrets that the cluster lacks, applies the manifests, and waits until every slice is ready.
SOURCE is a folder of manifests, or a program that synthesizes them (.ts, .js, .py, .go); by default, what cdk8s.yaml names.`,
  arguments: [{ name: 'SOURCE' }],
  options: {
    ...CLUSTER,
    timeout: { type: 'string', value: 'TIME', help: 'How long to wait, such as 90s or 15m (default 15m).' },
    prune: {
      type: 'boolean',
      help: 'Delete what is no longer in the manifests. Volumes and Secrets are kept, and named.',
    },
    ...CHANGES,
    ...HELP,
  },
  examples: ['up', 'up --prune', 'up main.ts --timeout=5m', 'up dist --context=staging --dry-run'],
  async run(call) {
    const seconds = secondsOf(call.text('timeout') ?? '15m');
    const folder = await synthesized(call.args[0]);
    const manifests = readManifests(folder);
    const sites = sitesOf(manifests);
    const connection = await connectToChange(call, `apply ${manifests.length} objects of ${sites.join(', ')}`);
    await makeSecrets(manifests, secretStore(call, connection), call.say);
    call.say(await applyFolder(folder, connection.kubectl, call.isDryRun));
    if (call.has('prune')) await prune(call, connection, manifests, (object) => !isNeededUntilReady(object, manifests));
    if (call.isDryRun) return;
    const cluster = clusterOfSite(call, connection, manifests);
    await waitForSites(cluster, sites, seconds, call.say);
    if (call.has('prune')) await prune(call, connection, manifests, (object) => isNeededUntilReady(object, manifests));
    for (const line of (await status(cluster, sites)).lines) call.say(line);
  },
};

/** Deletes what the manifests no longer have, of the kinds whose turn it is; nothing without a word of the person. */
async function prune(
  call: Call,
  { kubectl }: Connection,
  manifests: readonly Manifest[],
  isDue: (object: Manifest) => boolean,
): Promise<void> {
  const { removed, kept } = await findSurplus(kubectl, manifests);
  const due = removed.filter(isDue);
  for (const each of kept.filter(isDue)) call.say(`${nameOf(each)}: kept; delete it yourself, once you do not need it`);
  for (const each of due)
    call.say(`${nameOf(each)}: ${call.isDryRun ? 'would be deleted' : 'not in the manifests any more'}`);
  if (due.length === 0 || call.isDryRun) return;
  if (!call.has('yes') && !call.streams.ask) throw new Error(`write -y to delete ${due.length} objects`);
  await call.confirm(`delete ${due.length} objects?`);
  await deleteAll(kubectl, due);
  call.say(`${due.length} objects deleted`);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds of a time as kubectl writes it. */
export function secondsOf(time: string): number {
  const parts = [...time.matchAll(/(\d+)([smh])/g)];
  const seconds = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit as string] as number), 0);
  if (seconds === 0 || parts.map(([all]) => all).join('') !== time)
    throw new UsageError(`'${time}' is no time; write one such as 90s, 15m or 1h`);
  return seconds;
}
