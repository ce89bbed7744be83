import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Call, Command, UsageError } from '../command';
import { Connection, announce, connect } from '../connection';
import { CHANGES, CLUSTER, HELP, NAMESPACES, OUTPUT } from '../options';
import { columns, printed } from '../output';
import { selectorOf } from '../slices';
import { GateError } from '../release/gate';
import { wantedPrometheus } from '../release/prometheus';
import { TextsFile } from '../release/texts-file';
import { ReleaseRecord, currentRelease, mergedRecords, written } from '../release/record';
import { ImagesByName, ReleaseOptions, release as releaseImages } from '../release/release';
import { clusterFor } from './connected';
import { Interruption } from '../release/interruption';
import { LOCK } from './pin';
import { secondsOf } from './up';
import { Manifest } from '../manifests';

/** How often the cluster is asked, in milliseconds. */
const PAUSE = 1000;

const RELEASE = {
  ...CLUSTER,
  images: {
    type: 'string',
    value: 'FILE',
    help: 'The file that main.ts reads by Images.fromFile (default images.json).',
  },
  ready: { type: 'string', value: 'TIME', help: 'How long a slice may take until it is ready (default 90s).' },
  timeout: {
    type: 'string',
    value: 'TIME',
    help: 'How long the Jobs that run first, and the rest of the site, may take (default 15m).',
  },
  commit: { type: 'boolean', help: 'Where the site follows Git: make the commit, instead of printing the commands.' },
  ...OUTPUT,
  ...CHANGES,
  ...HELP,
} as const;

export const release: Command = {
  name: 'release',
  summary: 'Give web and jobs new images, one slice at a time, and go back where one is bad',
  about: `Writes the images into images.json, synthesizes the site, and waits for what has to run first, such as the Job of 'migrate'. Then it
replaces web and jobs one slice at a time. A slice has to get ready, and to answer its pages without a 5xx; and where the site has
an Admin, no more of the site's requests may end with a 5xx than before, nor may p95 be much longer (nginx alone counts that). Where
a slice is bad, all slices and the file go back to what they were, and the exit code is 1. SOURCE is the program that synthesizes
the site; by default, what cdk8s.yaml names. Of a site that follows Git, it writes the manifests and prints the commands that commit
them.`,
  arguments: [
    { name: 'NAME=IMAGE', required: true },
    { name: 'SOURCE', rest: true },
  ],
  options: {
    canary: {
      type: 'string',
      value: 'TIME',
      help: 'Watch the first slice for this long before the others, such as 2m.',
    },
    path: {
      type: 'string',
      value: 'PATH',
      multiple: true,
      help: 'A page that slices have to answer; may be given several times (default /).',
    },
    prometheus: {
      type: 'string',
      value: 'PROMETHEUS',
      help: 'Which Prometheus has the figures of the site: NAMESPACE, NAMESPACE/NAME or an address (default: its own).',
    },
    ...RELEASE,
  },
  examples: ['release web=ghcr.io/example/forum:1.5', 'release web=forum:1.5 jobs=forum:1.5 main.ts --canary 2m'],
  async run(call) {
    const images = Object.fromEntries(call.args.filter((each) => each.includes('=')).map(asImage));
    const [source, surplus] = call.args.filter((each) => !each.includes('='));
    if (Object.keys(images).length === 0)
      throw new UsageError('NAME=IMAGE is missing, such as web=ghcr.io/example/forum:1.5');
    if (surplus !== undefined) throw new UsageError(`unexpected argument '${surplus}'`);
    const path = call.texts('path').find((each) => !each.startsWith('/'));
    // A server answers it with 400, which is no fault of a slice.
    if (path !== undefined) throw new UsageError(`'${path}' is no page; write one such as '/${path}'`);
    return run(call, async () => images, source, { word: 'released', watches: true });
  },
};

export const rollback: Command = {
  name: 'rollback',
  summary: 'Give web and jobs the images that they had before the last release',
  about: `Gives the site the images that it had before the last release, as 'history' shows it, in images.json as well. Slices are replaced one at
a time as by 'release', but only have to get ready: the site's errors may be the reason for it. Written again, it goes back one more.`,
  arguments: [{ name: 'SOURCE' }],
  options: RELEASE,
  examples: ['rollback', 'rollback main.ts -y'],
  async run(call) {
    return run(call, beforeLast, call.args[0], { word: 'rolled back', watches: false });
  },
};

async function announced(call: Call): Promise<Connection> {
  const connection = await connect(call);
  announce(call, connection);
  return connection;
}

async function beforeLast(records: () => Promise<readonly ReleaseRecord[]>): Promise<ImagesByName> {
  const last = currentRelease(await records());
  if (!last)
    throw new Error("the cluster knows of no release to go back from; write 'release NAME=IMAGE' with an image");
  return last.before;
}

function asImage(text: string): [string, string] {
  const at = text.indexOf('=');
  const [name, image] = [text.slice(0, at), text.slice(at + 1)];
  if (name === '' || image === '')
    throw new UsageError(`'${text}' is no NAME=IMAGE, such as web=ghcr.io/example/forum:1.5`);
  return [name, image];
}

async function run(
  call: Call,
  images: ReleaseOptions['images'],
  source: string | undefined,
  { word, watches }: { readonly word: ReleaseOptions['word']; readonly watches: boolean },
): Promise<number> {
  const format = call.text('output');
  // A program reads the record alone.
  const say = format === undefined || format === 'wide' ? call.say : call.note;
  const canary = call.text('canary');
  const prometheus = call.text('prometheus');
  const wanted = prometheus === undefined ? undefined : wantedPrometheus(prometheus);
  const interruption = new Interruption();
  const start = performance.now();
  const timed = (line: string): void =>
    say(`${String(Math.round((performance.now() - start) / 1000)).padStart(4)} s  ${line}`);
  let connection: Promise<Connection> | undefined;
  const record = await releaseImages(
    {
      images,
      source,
      file: new TextsFile(call.text('images') ?? 'images.json'),
      lock: existsSync(LOCK) ? new TextsFile(LOCK) : undefined,
      word,
      pages: watches ? (call.texts('path').length > 0 ? call.texts('path') : ['/']) : [],
      figures: { watchesFigures: watches, prometheus: wanted },
      times: { canary: canary === undefined ? 0 : secondsOf(canary), ready: secondsOf(call.text('ready') ?? '90s') },
      seconds: secondsOf(call.text('timeout') ?? '15m'),
      commits: call.has('commit'),
    },
    {
      call,
      connect: async () => (connection ??= announced(call)),
      say,
      timed,
      clock: {
        now: () => performance.now(),
        pause: async () => {
          await sleep(PAUSE);
          if (interruption.happened) throw new GateError('it was interrupted');
        },
      },
    },
  ).finally(() => interruption.end());
  if (!record) return 0;
  if (format === 'json' || format === 'yaml') call.streams.out(printed(format, { data: record, lines: [] }));
  if (record.result === 'went back') call.note(`went back: ${record.reason}`);
  else timed(record.result);
  return record.result === 'went back' ? 1 : 0;
}

export const history: Command = {
  name: 'history',
  summary: 'Show the releases of a site: when, who, images and result',
  about: `Shows the last releases of the sites that are named, or of all, the newest first, with Kubernetes' revisions. The Deployments keep them,
in an annotation. A site that follows Git has its releases in Git's own log.`,
  arguments: [{ name: 'SITE', rest: true }],
  options: { ...NAMESPACES, ...OUTPUT, ...HELP },
  examples: ['history', 'history dfw -o json'],
  async run(call) {
    const { cluster } = await clusterFor(call);
    const deployments = (await cluster.deployments(selectorOf(call.args))) as unknown as Manifest[];
    const records = mergedRecords(
      deployments.map(({ metadata }) => (metadata as { annotations?: Record<string, string> }).annotations),
    ).reverse();
    const rows = records.map((each) => [
      each.at.slice(0, 19).replace('T', ' '),
      each.by,
      written(each.images),
      written(each.revisions),
      `${each.seconds}s`,
      each.reason === undefined ? each.result : `${each.result}: ${each.reason}`,
    ]);
    const header = ['TIME', 'BY', 'IMAGES', 'REVISIONS', 'TOOK', 'RESULT'];
    call.streams.out(printed(call.text('output'), { data: records, lines: columns([header, ...rows]) }));
  },
};
