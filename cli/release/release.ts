import { applyFolder, synthesized } from '../apply';
import { Call } from '../command';
import { Connection } from '../connection';
import { Manifest, readManifests } from '../manifests';
import { commit, commitCommands } from './follow-git';
import { GateError } from './gate';
import { loginOf } from '../pin/logins';
import { pinned, toPin } from '../pin/pins';
import { followedFolder, imagesOf, isAmong } from './plan';
import { ReleaseRecord, Result, written } from './record';
import { Clock, RolloutTimes } from './rollout';
import { Release, rollOut, runJobs } from './run';
import { Figures, SiteOnCluster } from './site-on-cluster';
import { TextsFile } from './texts-file';

/** Images by their names in the file. */
export type ImagesByName = Readonly<Record<string, string>>;

export interface ReleaseOptions {
  /** The images to release; they may follow from the releases before. */
  readonly images: (records: () => Promise<readonly ReleaseRecord[]>) => Promise<ImagesByName>;
  readonly source: string | undefined;
  readonly file: TextsFile;
  /** The digests of images; undefined where the site pins none. */
  readonly lock: TextsFile | undefined;
  /** The result of a release that does not go back. */
  readonly word: Exclude<Result, 'went back'>;
  readonly pages: readonly string[];
  readonly figures: Figures;
  readonly times: RolloutTimes;
  /** How long Jobs may take, and after them the rest of the site, in seconds. */
  readonly seconds: number;
  readonly commits: boolean;
}

/** Where a release happens. */
export interface Around {
  readonly call: Call;
  /** Connects to the cluster, and says which it is. A site that follows Git needs none. */
  readonly connect: () => Promise<Connection>;
  readonly say: (line: string) => void;
  /** Says it with the seconds that have passed. */
  readonly timed: (line: string) => void;
  readonly clock: Clock;
}

/** A release whose manifests are made. */
interface Prepared {
  readonly images: ImagesByName;
  /** The images of the same names before. */
  readonly before: ImagesByName;
  readonly folder: string;
  readonly manifests: readonly Manifest[];
}

/**
 * Writes the images into the file, and gives them to the site. Where a slice is bad, both go back to what they were.
 *
 * @returns the record of the release; undefined where nothing was to be done, or was not to be done.
 */
export async function release(options: ReleaseOptions, around: Around): Promise<ReleaseRecord | undefined> {
  const { call, connect } = around;
  let isKept = false;
  try {
    const prepared = await prepare(options, around);
    const followed = followedFolder(prepared.manifests);
    if (followed !== undefined) {
      for (const line of linesOf(prepared.images, prepared.before)) around.say(line);
      if (call.isDryRun) {
        around.say('the site follows Git: a commit would release it');
        return undefined;
      }
      if (options.commits) await call.confirm('commit it?');
      isKept = true;
      await intoGit(options, prepared, followed, around);
      return undefined;
    }
    const site = new SiteOnCluster(await connect(), prepared.manifests, call);
    const record = await intoCluster(options, prepared, site, around);
    isKept = record !== undefined && record.result !== 'went back';
    return record;
  } finally {
    if (!isKept) await putBack(options);
  }
}

/** Puts the files back, and the manifests: they may be in Git, and the next command may apply them. */
async function putBack({ file, lock, source }: ReleaseOptions): Promise<void> {
  for (const each of [file, lock]) each?.restore();
  // Where the site was broken before, there is nothing to put back.
  if (source === undefined) await synthesized(source).catch(() => undefined);
}

async function prepare(
  { images: choose, file, lock, source }: ReleaseOptions,
  { connect, call }: Around,
): Promise<Prepared> {
  const records = async () =>
    new SiteOnCluster(await connect(), readManifests(await synthesized(source)), call).records();
  const images = await choose(records);
  const before = Object.fromEntries(
    Object.keys(images).flatMap((name) => (file.texts[name] === undefined ? [] : [[name, file.texts[name]]])),
  );
  file.write({ ...file.texts, ...images });
  let folder = await synthesized(source);
  if (lock && (await pinNew(lock, folder))) folder = await synthesized(source);
  const manifests = readManifests(folder);
  const taken = imagesOf(manifests);
  for (const [name, image] of Object.entries(images)) {
    if (isAmong(taken, image)) continue;
    throw new Error(
      `nothing in the site runs ${image}: main.ts has to read '${name}' by Images.fromFile('${file.path}').of('${name}')`,
    );
  }
  return { images, before, folder, manifests };
}

/** Pins the images that are new to the site. Those of before stay in the file, so that a rollback finds the very same. */
async function pinNew(lock: TextsFile, folder: string): Promise<boolean> {
  const before = lock.texts;
  const images = toPin(imagesOf(readManifests(folder)), before);
  lock.write({ ...before, ...(await pinned(images, before, loginOf, false)) });
  return images.some((each) => before[each] === undefined);
}

/** A site as a release needs it. */
export type ReleaseSite = Pick<
  SiteOnCluster,
  | 'rollouts'
  | 'newJobs'
  | 'gate'
  | 'applyAllButWorkloads'
  | 'applyRest'
  | 'user'
  | 'revisions'
  | 'remember'
  | 'cluster'
  | 'pause'
>;

/** Releases what is prepared. @returns its record; undefined in a dry run */
export async function intoCluster(
  options: ReleaseOptions,
  { images, before, folder }: Prepared,
  site: ReleaseSite,
  { call, connect, say, timed, clock }: Around,
): Promise<ReleaseRecord | undefined> {
  const rollouts = await site.rollouts();
  const jobs = await site.newJobs();
  for (const line of linesOf(images, before)) say(line);
  if (rollouts.length === 0) say('no slice of web or jobs changes');
  for (const { name, manifest } of rollouts) say(`${name}: ${imagesOf(manifest).join(', ')}, one slice at a time`);
  for (const name of jobs) say(`${name} runs first`);
  if (call.isDryRun) {
    say(await applyFolder(folder, (await connect()).kubectl, true));
    return undefined;
  }
  await call.confirm('release it?');
  const [at, start] = [new Date().toISOString(), clock.now()];
  const plan: Release = { rollouts, jobs, jobSeconds: options.seconds, times: options.times };
  let failure: GateError | undefined;
  try {
    const { pages, figures } = options;
    const gate = await site.gate(rollouts, pages, figures, () => clock.now(), timed);
    await site.applyAllButWorkloads();
    await runJobs(plan, site.cluster, clock, timed);
    await rollOut(plan, site.cluster, gate, clock, timed, site.pause);
    await site.applyRest(folder, options.seconds, plan, timed, clock);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    failure = error;
  }
  const record: ReleaseRecord = {
    at,
    by: await site.user(),
    images,
    before,
    result: failure ? 'went back' : options.word,
    ...(failure && { reason: failure.message }),
    seconds: Math.round((clock.now() - start) / 1000),
    revisions: await site.revisions(rollouts).catch(() => ({})),
  };
  // The slices are what they are now, and the file has to say so.
  await site
    .remember(record, rollouts)
    .catch(({ message }: Error) => call.note(`'history' and 'rollback' do not know of it: ${message}`));
  return record;
}

/** Writes the manifests to where Git has them, and commits them or says how. */
async function intoGit(
  { file, lock, source, commits }: ReleaseOptions,
  { images }: Prepared,
  followed: string,
  { say }: Around,
): Promise<void> {
  const folder = followed.replace(/^\.\//, '');
  if (source !== undefined) await synthesized(source, () => folder);
  const files = [file.path, ...(lock ? [lock.path] : []), folder];
  const message = `Release ${written(images)}`;
  if (!commits) {
    for (const line of ['The site follows Git. Release it by:', ...commitCommands(files, message)]) say(line);
    return;
  }
  await commit(files, message);
  say(`committed: ${message}. 'git push' releases it`);
}

function linesOf(images: ImagesByName, before: ImagesByName): string[] {
  return Object.entries(images).map(([name, image]) => `${name}: ${before[name] ?? 'nothing'} -> ${image}`);
}
