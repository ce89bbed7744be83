import { node } from '../failover/cluster';
import { Mailbox } from '../mailbox';
import { addressOf, apply, get, kubectl, ready, synth, until } from '../kubernetes';

export const SITE = 'seed';
export const MAIL = 'seed-mail';
export const MAILBOX = 'seed-mailbox';

/** With BLOBS=s3, files are kept in Garage, for MogileFS cannot be built everywhere. */
export const S3 = process.env['BLOBS'] === 's3';

const OWN = ['perlbal:1.80', 'theschwartz:1.12', 'postfix:3.10'];
export const IMAGES = [
  ...[...OWN, ...(S3 ? ['journal:1'] : ['journal-mogilefs:1', 'mogilefs:2.73'])].map(
    (image) => `ghcr.io/cdk8s-slices/${image}`,
  ),
  ...(S3 ? ['docker.io/dxflrs/garage:v2.5.0'] : []),
];

/** What its owner changes: each is a property of the site. */
export interface SiteProps {
  readonly release?: string;
  readonly cacheSlices?: string;
  /** The repository by which Flux keeps the site. */
  readonly repository?: string;
  readonly webImage?: string;
}

/** Synthesizes the site, and gives back the folder of its manifests. */
export async function manifests(props: SiteProps = {}): Promise<string> {
  const { address, network } = await mailbox();
  return synth('e2e/sites/seed.ts', {
    MAILBOX: address,
    MAILBOX_NETWORK: network,
    RELEASE: props.release ?? '1',
    CACHE_SLICES: props.cacheSlices ?? '2',
    ...(props.repository ? { REPOSITORY: props.repository } : {}),
    ...(props.webImage ? { WEB_IMAGE: props.webImage } : {}),
  });
}

/** Applies the site; again with other props, as its owner does who changes a number of it. */
export async function applySite(props: SiteProps = {}): Promise<void> {
  await apply(await manifests(props));
}

export async function everySliceReady(seconds = 240): Promise<void> {
  const roles = ['db', 'memc', 'mog', 'jobs', 'web', 'lb', 'admin'];
  await ready(
    SITE,
    roles.map((role) => `seed-${role}`),
    seconds,
  );
  await ready(MAIL, ['seed-mail'], seconds);
  await kubectl('-n', SITE, 'wait', 'job', '--all', '--for=condition=Complete', `--timeout=${seconds}s`);
}

export function mailbox(): Promise<Mailbox> {
  return Mailbox.at(MAILBOX);
}

/** Whether the mailbox got a message with these words in it. */
export async function arrived(words: string): Promise<boolean> {
  return (await (await mailbox()).read()).includes(words);
}

let url: Promise<string> | undefined;

export async function siteUrl(): Promise<string> {
  url ??= addressOf(SITE, 'seed-lb-active').then((address) => `http://${address}`);
  return url;
}

/** Asks the site, and fails where it does not answer with success. */
export async function ask(path: string, form?: Record<string, string> | Uint8Array<ArrayBuffer>): Promise<Response> {
  const body = form === undefined || form instanceof Uint8Array ? form : new URLSearchParams(form);
  const response = await fetch((await siteUrl()) + path, {
    ...(body === undefined ? {} : { method: 'POST', body }),
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

export const text = async (path: string): Promise<string> => (await ask(path)).text();

export async function post(path: string, form: Record<string, string>): Promise<string> {
  return (await (await ask(path, form)).text()).trim();
}

export function inPod(pod: string, container: string, ...command: string[]): Promise<string> {
  return kubectl('-n', SITE, 'exec', pod, '-c', container, '--', ...command);
}

/** Runs Perl with the journal's own module in a worker. */
export function perl(code: string): Promise<string> {
  return inPod('deployment/seed-jobs', 'events-1', 'perl', '-MJournal', '-MJournal::Files', '-e', code);
}

/** One value of the site's database, asked by a worker as a worker does. */
export async function value(query: string): Promise<string> {
  return perl(`print Journal::db(sub { ($_[0]->selectrow_array("${query}"))[0] }) // ''`);
}

/** Kills a pod as a lost power would: without a word. */
export async function kill(pod: string): Promise<void> {
  await kubectl('-n', SITE, 'delete', 'pod', pod, '--grace-period=0', '--force');
}

export async function nodeOf(pod: string): Promise<string> {
  return (await get('-n', SITE, 'pod', pod)).spec.nodeName as string;
}

/** Takes a node its power, does something, and gives it back: until each program that ran there has started again. */
export async function withoutPower(name: string, work: () => Promise<void>): Promise<void> {
  // For a while after its return a node is known by what it last said: that all is well.
  const before = await containersOn(name);
  await node('off', name);
  try {
    await work();
  } finally {
    await node('on', name);
  }
  await until(
    `another start of what ran on ${name}`,
    async () => {
      const now = await containersOn(name);
      return ![...before].some((id) => now.has(id));
    },
    240,
  );
  await everySliceReady();
  await pageAnswers();
}

async function containersOn(name: string): Promise<Set<string>> {
  const lists = await Promise.all([SITE, MAIL].map((namespace) => get('-n', namespace, 'pods')));
  const pods = lists.flatMap(({ items }) => items as PodOnNode[]).filter(({ spec }) => spec.nodeName === name);
  return new Set(
    pods.flatMap(({ status }) =>
      (status.containerStatuses ?? []).filter(({ state }) => state.running).map(({ containerID = '' }) => containerID),
    ),
  );
}

interface PodOnNode {
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly containerStatuses?: { readonly containerID?: string; readonly state: { running?: object } }[];
  };
}

/** A page that can be asked for, from the balancer, Apache and the cache. */
export function pageAnswers(): Promise<Response> {
  return until('the first page', () => ask('/'), 120);
}
