import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Gate, GateError, Health, Usual, gateOf } from '../cli/release/gate';
import {
  changedSets,
  followedFolder,
  imagesOf,
  isAmong,
  rolloutsOf,
  slicesOfTier,
  undoneJobs,
} from '../cli/release/plan';
import { RELEASES, ReleaseRecord, currentRelease, mergedRecords, recordsIn, withRecord } from '../cli/release/record';
import { commitCommands } from '../cli/release/follow-git';
import { Interruption } from '../cli/release/interruption';
import { goBack } from '../cli/release/rollout';
import { ReleaseSite, intoCluster, release } from '../cli/release/release';
import { ReleaseCluster, applyRest, goBackAll, rollOut, runJobs } from '../cli/release/run';
import { patient } from '../cli/patience';
import { numberIn } from '../cli/release/health';
import { TextsFile } from '../cli/release/texts-file';
import { Manifest } from '../cli/manifests';
import { output } from '../cli/programs';
import { Controller, deployment, pod, timeOf } from './deployment-controller';

const ROOT = resolve(__dirname, '..');
const folder = (): string => mkdtempSync(join(tmpdir(), 'release-'));

describe('the file of images', () => {
  test('is written as people write it, and put back byte by byte', () => {
    const path = join(folder(), 'images.json');
    writeFileSync(path, '{"web":"a:1"}');
    const file = new TextsFile(path);
    file.write({ ...file.texts, jobs: 'b:1' });
    expect(readFileSync(path, 'utf8')).toBe('{\n  "web": "a:1",\n  "jobs": "b:1"\n}\n');
    file.restore();
    expect([readFileSync(path, 'utf8'), file.texts]).toEqual(['{"web":"a:1"}', { web: 'a:1' }]);
  });

  test('that was not there is taken away again', () => {
    const path = join(folder(), 'images.json');
    const file = new TextsFile(path);
    file.write({ web: 'a:1' });
    file.restore();
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });

  test.each(['[1', '{"web":1}', 'null', '["a"]', '"a"'])('of %s is an error', (text) => {
    const path = join(folder(), 'images.json');
    writeFileSync(path, text);
    expect(() => new TextsFile(path)).toThrow('is no JSON object of texts, such as { "web": "nginx:1.30" }');
  });
});

const record = (at: string, result: ReleaseRecord['result'], web = at): ReleaseRecord => ({
  at,
  by: 'fu',
  images: { web },
  before: { web: `before ${web}` },
  result,
  seconds: 1,
  revisions: {},
});

describe('the history', () => {
  test('is kept in annotations, of which each has the last twenty', () => {
    let annotations: Record<string, string> = {};
    for (let index = 10; index < 40; index++)
      annotations = { [RELEASES]: withRecord(annotations, record(String(index), 'released')) };
    expect(recordsIn(annotations).map(({ at }) => at)).toEqual(
      Array.from({ length: 20 }, (_, index) => `${index + 20}`),
    );
  });

  test('has a release of two Deployments once, in the order of time', () => {
    const [one, two] = [record('1', 'released'), record('2', 'released')];
    const of = (...records: ReleaseRecord[]) => ({ [RELEASES]: JSON.stringify(records) });
    expect(mergedRecords([of(two), of(one, two), undefined, { [RELEASES]: 'by hand' }])).toEqual([one, two]);
  });

  test('knows the release in force: one that went back never was, and a rollback takes one away', () => {
    const all = [record('1', 'released'), record('2', 'released'), record('3', 'went back')];
    expect(currentRelease(all)?.at).toBe('2');
    const back = [...all, record('4', 'rolled back')];
    expect(currentRelease(back)?.at).toBe('1');
    expect(currentRelease([...back, record('5', 'rolled back')])).toBeUndefined();
  });

  test('does not go back to what runs already: the same image released again is no release', () => {
    const again = { ...record('2', 'released', '1'), before: { web: '1' } };
    expect(currentRelease([record('1', 'released'), again])?.at).toBe('1');
  });
});

describe('what a release changes', () => {
  const web = deployment('web', 'forum:1', 8080);

  test('is the Deployments whose pods change, those with pages first', () => {
    const next = [deployment('jobs', 'forum:2'), deployment('web', 'forum:2', 8080), deployment('search', 'search:1')];
    const live = [web, deployment('jobs', 'forum:1'), deployment('search', 'search:1')];
    const found = rolloutsOf(next as Manifest[], live);
    expect(found.map(({ name, port }) => [name, port])).toEqual([
      ['dfw-web', 8080],
      ['dfw-jobs', undefined],
    ]);
    expect(found[0]?.before.spec.template.spec.containers[0].image).toBe('forum:1');
  });

  test('is compared with what was applied last, whatever the cluster has added to it', () => {
    const applied = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(web) };
    const live = { ...web, metadata: { ...web.metadata, annotations: applied }, spec: { ...web.spec, template: {} } };
    expect(rolloutsOf([web] as Manifest[], [live as never])).toEqual([]);
  });

  test('is an error where the site is not up, or another release is on its way', () => {
    expect(() => rolloutsOf([web] as Manifest[], [])).toThrow(
      "the cluster has no dfw deployment.apps/dfw-web: run 'cdk8s-slices up' first",
    );
    const paused = { ...web, spec: { ...web.spec, paused: true } };
    expect(() => rolloutsOf([web] as Manifest[], [paused as never])).toThrow(
      'dfw-web is paused: another release is on its way, or was cut off',
    );
  });

  test('is StatefulSets as well, such as balancers that serve the static files of the image', () => {
    const of = (image: string) => ({ ...deployment('lb', image), kind: 'StatefulSet' });
    const found = changedSets([of('forum:2')] as Manifest[], [of('forum:1')] as never);
    expect(found.map(({ kind, spec }) => [kind, spec.template.spec.containers[0].image])).toEqual([
      ['StatefulSet', 'forum:1'],
    ]);
    expect(changedSets([of('forum:1')] as Manifest[], [of('forum:1')] as never)).toEqual([]);
  });

  test.each([
    ['forum:2', true],
    ['forum:2@sha256:aa', true],
    ['mirror.example/hub/forum:2', true],
    ['mirror.example/hub/forum:2@sha256:aa', true],
    ['mirror.example/hub/forum:2', true, 'ghcr.io/forum:2'],
    ['docker.io/forum:22', false, 'ghcr.io/forum:2'],
    ['forum:22', false],
    ['theforum:2', false],
  ])('with %s in the site, is of forum:2: %s', (image, is, wanted = 'forum:2') => {
    expect(isAmong([image], wanted)).toBe(is);
  });

  test('is looked at before by the slices of its own tier, and not of one whose name begins as its own', () => {
    const manifest = deployment('web', 'forum:2', 8080);
    manifest.metadata.labels = { 'app.kubernetes.io/name': 'web' };
    const slices = ['web', 'web-api'].map((role) => ({ role, namespace: 'dfw', pod: `dfw-${role}-1` }));
    const found = slicesOfTier(slices as never, { namespace: 'dfw', manifest } as never);
    expect(found.map(({ pod: name }) => name)).toEqual(['dfw-web-1']);
  });

  test('waits for a Job that a release began that was cut off', () => {
    const jobs = ['migrate-1', 'migrate-2'].map((name) => ({ kind: 'Job', metadata: { name } }));
    const live = [
      { metadata: { name: 'migrate-1' }, status: { succeeded: 1 } },
      { metadata: { name: 'migrate-2' }, status: { active: 1 } },
    ];
    expect(undoneJobs(jobs as never, live)).toEqual(['migrate-2']);
  });

  test('is found in init containers and in Jobs of CronJobs, too', () => {
    const spec = {
      jobTemplate: { spec: { template: { spec: { containers: [{ image: 'a' }], initContainers: [{ image: 'b' }] } } } },
    };
    expect(imagesOf([{ kind: 'CronJob', spec }])).toEqual(['a', 'b']);
  });
});

const clock = (ms = 1000) => timeOf(ms);
const healthy: Health = { page: async () => 200, errors: async () => 0, seconds: async () => 0.1 };
const USUAL: Usual = { errors: 0, seconds: 0.1 };
const TIMES = { canary: 0, ready: 90 };

/** A release of a tier by a controller that does with pods what Kubernetes does. */
async function released(
  image: string,
  {
    health = healthy,
    times = TIMES,
    usual = USUAL,
    hears = () => {},
    slices = 3,
    away,
  }: {
    health?: Health;
    times?: typeof TIMES;
    usual?: Usual;
    hears?: (line: string, of: Controller) => void;
    slices?: number;
    away?: string;
  } = {},
) {
  const tier = (of: string) => {
    const made = deployment('web', of, 8080);
    return away ? { ...made, spec: { ...made.spec, strategy: { rollingUpdate: { maxUnavailable: away } } } } : made;
  };
  const before = tier('forum:1');
  const controller = new Controller(before, slices);
  const time = clock();
  const said: string[] = [];
  const rollout = { namespace: 'dfw', name: 'dfw-web', manifest: tier(image), before, port: 8080 };
  const gate = new Gate(health, ['/'], usual, time.now);
  const cluster = controller.cluster(time) as unknown as ReleaseCluster;
  const plan = { rollouts: [rollout as never], jobs: [], jobSeconds: 10, times };
  const failure = await rollOut(
    plan,
    cluster,
    gate,
    time,
    (line) => {
      said.push(line);
      hears(line, controller);
    },
    time.pause,
  ).catch((error: Error) => error);
  return { controller, failure: failure instanceof Error ? failure : undefined, said, seconds: time.now() / 1000 };
}

describe('a release', () => {
  test('replaces one slice after the other', async () => {
    const { controller, failure, said } = await released('forum:2');
    expect(failure).toBeUndefined();
    expect(controller.images()).toEqual(['forum:2', 'forum:2', 'forum:2']);
    expect(said.filter((line) => line.includes('is good'))).toEqual([
      expect.stringMatching(/ is good: 1 of 3$/),
      expect.stringMatching(/ is good: 2 of 3$/),
      expect.stringMatching(/ is good: 3 of 3$/),
    ]);
    expect(controller.paused()).toBe(false);
  });

  test('of a tier that is scaled down meanwhile is done once all that are left are good', async () => {
    const hears = (line: string, of: Controller) => {
      if (line.endsWith('is good: 2 of 3')) of.scaleDown(2);
    };
    const { controller, failure, said } = await released('forum:2', { hears });
    expect(failure).toBeUndefined();
    expect(controller.images()).toEqual(['forum:2', 'forum:2']);
    expect(said.at(-1)).toMatch(/ is good: 2 of 2$/);
  });

  test.each([
    ['is changed', deployment('web', 'forum:3', 8080)],
    [
      'is paused',
      { ...deployment('web', 'forum:1', 8080), spec: { ...deployment('web', 'forum:1').spec, paused: true } },
    ],
  ])('leaves a Deployment alone that %s by somebody else meanwhile', async (_, now) => {
    const time = clock();
    const applied: object[] = [];
    const cluster = { deployment: async () => now, apply: async (each: object) => void applied.push(each) };
    const before = deployment('web', 'forum:1', 8080);
    const rollout = { namespace: 'dfw', name: 'dfw-web', manifest: deployment('web', 'forum:2', 8080), before };
    const plan = { rollouts: [rollout as never], jobs: [], jobSeconds: 10, times: TIMES };
    const gate = new Gate(healthy, [], USUAL, time.now);
    await expect(rollOut(plan, cluster as never, gate, time, () => {}, time.pause)).rejects.toThrow(
      'dfw-web was changed meanwhile: another release is on its way, or was quicker; release again after it',
    );
    expect(applied).toEqual([]);
  });

  test('gives every Deployment back what it ran, also where one of them does not run again', async () => {
    const time = clock();
    const [broken, good] = [
      new Controller(deployment('jobs', 'forum:2')),
      new Controller(deployment('web', 'forum:2')),
    ];
    const of = (name: string) => (name === 'dfw-jobs' ? broken : good).cluster(time) as ReleaseCluster;
    const cluster = {
      deployment: (_: string, name: string) => of(name).deployment(_, name),
      replicaSets: (_: string, selector: string) => of(`dfw-${selector.slice(5)}`).replicaSets(_, selector),
      pods: (_: string, selector: string) => of(`dfw-${selector.slice(5)}`).pods(_, selector),
      apply: (each: Manifest) => of(each.metadata.name).apply(each),
    } as unknown as ReleaseCluster;
    const rollouts = [deployment('jobs', 'slow'), deployment('web', 'forum:1')].map((before) => ({
      namespace: 'dfw',
      name: before.metadata.name,
      before,
    }));
    await expect(goBackAll(rollouts as never, cluster, time, time.pause, () => {})).rejects.toThrow(
      'dfw-jobs is not what it was after 120 s',
    );
    expect(good.images()).toEqual(['forum:1', 'forum:1', 'forum:1']);
  });

  test('whose rest cannot be applied goes back as a whole, also where the rest does not', async () => {
    const done: string[] = [];
    const rest = (putBack: () => Promise<void>) => ({ apply: () => Promise.reject(new Error('no server')), putBack });
    const goBackToo = async () => void done.push('tiers');
    const say = (line: string) => done.push(line);
    await expect(
      applyRest(
        rest(async () => void done.push('sets')),
        goBackToo,
        say,
      ),
    ).rejects.toThrow(GateError);
    await expect(
      applyRest(
        rest(() => Promise.reject(new Error('still none'))),
        goBackToo,
        say,
      ),
    ).rejects.toThrow('still none');
    expect(done).toEqual(['goes back: no server', 'sets', 'tiers', 'goes back: no server', 'tiers']);
  });

  test('that the cluster cannot remember is one all the same, so that the file keeps its images', async () => {
    const notes: string[] = [];
    const time = clock();
    const nothing = async () => {};
    const site = {
      rollouts: async () => [],
      newJobs: async () => [],
      gate: async () => new Gate(healthy, [], USUAL, time.now),
      applyAllButWorkloads: nothing,
      applyRest: nothing,
      user: async () => 'fu',
      revisions: () => Promise.reject(new Error('no server')),
      remember: () => Promise.reject(new Error('no server')),
      cluster: { jobs: async () => ({ jobs: [], pods: [] }) },
      pause: nothing,
    } as unknown as ReleaseSite;
    const call = { isDryRun: false, confirm: nothing, note: (line: string) => notes.push(line) };
    const options = { word: 'released', pages: [], times: TIMES, seconds: 1 };
    const prepared = { images: { web: 'forum:2' }, before: { web: 'forum:1' }, folder: 'dist', manifests: [] };
    const around = { call, say: () => {}, timed: () => {}, clock: time };
    expect(await intoCluster(options as never, prepared, site, around as never)).toMatchObject({ result: 'released' });
    expect(notes).toEqual(["'history' and 'rollback' do not know of it: no server"]);
  });

  test('replaces one slice of a large tier, and then a share at a time', async () => {
    const share = { slices: 30, away: '10%' };
    const { controller, failure, said, seconds } = await released('forum:2', share);
    expect(failure).toBeUndefined();
    expect(new Set(controller.images())).toEqual(new Set(['forum:2']));
    const counts = said.flatMap((line) => / is good: (\d+) of 30$/.exec(line)?.[1] ?? []);
    expect(counts).toEqual(['1', '4', '7', '10', '13', '16', '19', '22', '25', '28', '30']);
    expect(seconds).toBeLessThan((await released('forum:2', { slices: 30 })).seconds / 2);
    expect([controller.paused(), controller.away()]).toEqual([false, '10%']);
    const alone = await released('forum:2', { slices: 1, away: '10%' });
    expect([alone.failure, alone.controller.away()]).toEqual([undefined, '10%']);
  });

  test('goes back after the first slice of a large tier, with no other replaced', async () => {
    const { controller, failure } = await released('nowhere', { slices: 30, away: '10%' });
    expect(failure).toBeInstanceOf(GateError);
    expect([controller.most('nowhere'), new Set(controller.images())]).toEqual([1, new Set(['forum:1'])]);
  });

  test('holds the first slice as long as it is told', async () => {
    const [plain, held] = [await released('forum:2'), await released('forum:2', { times: { canary: 120, ready: 90 } })];
    expect(held.seconds - plain.seconds).toBeGreaterThanOrEqual(119);
    expect(held.said.find((line) => line.includes('watched'))).toMatch(
      /^dfw-web-4 is good so far, and is watched for 120 s more$/,
    );
  });

  test.each([
    ['has an image that no node gets', 'nowhere', /program cannot run nowhere: /, 30],
    ['ends by itself', 'crashing', /program ended with exit code 1/, 30],
    ['never gets ready', 'slow', /is not ready after 1\d\d s: program not ready/, 120],
  ])('goes back from a slice that %s, which stays the only one', async (_, image, reason, most) => {
    const { controller, failure, seconds } = await released(image);
    expect(failure).toBeInstanceOf(GateError);
    expect(failure?.message).toMatch(reason);
    expect(controller.images()).toEqual(['forum:1', 'forum:1', 'forum:1']);
    expect([controller.most(image), controller.paused()]).toEqual([1, false]);
    expect(seconds).toBeLessThan(most);
  });

  test('goes back from a slice that is ready, and answers its pages with 500 three times in a row', async () => {
    let asked = 0;
    const page = async () => (asked++, 500);
    const { controller, failure } = await released('forum:2', { health: { ...healthy, page } });
    expect([failure?.message, asked]).toEqual([expect.stringMatching(/^dfw-web-\S+ answers \/ with 500$/), 3]);
    expect([controller.images(), controller.most('forum:2')]).toEqual([['forum:1', 'forum:1', 'forum:1'], 1]);
  });

  test('goes back where a page has no answer, and forgives one that fails once', async () => {
    const silent = await released('forum:2', {
      health: { ...healthy, page: async () => Promise.reject(new Error('no answer')) },
    });
    expect(silent.failure?.message).toMatch(/, \/: no answer$/);
    let asked = 0;
    const once = await released('forum:2', { health: { ...healthy, page: async () => (asked++ === 0 ? 502 : 200) } });
    expect(once.failure).toBeUndefined();
  });

  test('goes back where more of the requests of the site fail than before', async () => {
    const errors = async () => 0.31;
    const { failure } = await released('forum:2', {
      health: { ...healthy, errors },
      usual: { ...USUAL, errors: 0.02 },
    });
    expect(failure?.message).toBe("31.0 % of the site's requests end with a 5xx; before it were 2.0 %");
    expect(
      (await released('forum:2', { health: { ...healthy, errors }, usual: { ...USUAL, errors: 0.3 } })).failure,
    ).toBeUndefined();
  });

  test('goes back where answers take twice as long as before, and half a second longer, three times in a row', async () => {
    const taking = (...seconds: number[]) => {
      let at = 0;
      return async () => seconds[Math.min(at++, seconds.length - 1)];
    };
    const of = (seconds: Health['seconds'], usual?: number) =>
      released('forum:2', {
        health: { ...healthy, seconds },
        usual: { ...USUAL, seconds: usual },
        times: { ...TIMES, canary: 60 },
      });
    const slow = await of(taking(0.8), 0.2);
    expect(slow.failure?.message).toBe("95 % of the site's requests are answered within 0.80 s; before it were 0.20 s");
    expect((await of(taking(0.69), 0.2)).failure).toBeUndefined();
    expect((await of(taking(1.9), 1)).failure).toBeUndefined();
    expect((await of(taking(2.1), 1)).failure?.message).toContain('2.10 s');
    // Caches that have to be filled first.
    expect((await of(taking(3, 3, 0.2, 3, 3, 0.2), 0.2)).failure).toBeUndefined();
    expect((await of(taking(9))).failure).toBeUndefined();
    expect((await of(async () => undefined, 0.2)).failure).toBeUndefined();
  });

  test('that is going back waits two minutes at most, and says so', async () => {
    const before = deployment('web', 'slow', 8080);
    const time = clock();
    const cluster = new Controller(deployment('web', 'forum:1', 8080)).cluster(time) as unknown as ReleaseCluster;
    await expect(
      goBack(
        { namespace: 'dfw', name: 'dfw-web', manifest: before, before, port: 8080 } as never,
        cluster,
        time,
        time.pause,
      ),
    ).rejects.toThrow("dfw-web is not what it was after 120 s: 'cdk8s-slices status' says what it waits for");
  });

  test('does not look at a page that is bad before it', async () => {
    const notes: string[] = [];
    const page = async (_: unknown, __: number, path: string) => (path === '/old' ? 503 : 200);
    const slices = [{ pod: ['dfw', 'dfw-web-1'] as const, port: 8080 }];
    const gate = await gateOf(
      { ...healthy, page },
      ['/', '/old'],
      slices,
      () => 0,
      (line) => notes.push(line),
    );
    expect([gate.pages, notes]).toEqual([
      ['/'],
      ['/old: dfw-web-1 answers with 503 before the release, so it is not looked at'],
    ]);
  });

  test('says where no Prometheus answers', async () => {
    const notes: string[] = [];
    const slices = [{ pod: ['dfw', 'dfw-web-1'] as const, port: 8080 }];
    const none = async () => undefined;
    const unknown = { ...healthy, errors: none, seconds: none };
    await gateOf(
      unknown,
      ['/'],
      slices,
      () => 0,
      (line) => notes.push(line),
    );
    expect(notes).toEqual(['no Prometheus of the site answers: only the new slices are watched']);
  });

  test('says where the balancers count no durations', async () => {
    const notes: string[] = [];
    const seconds = async () => undefined;
    const slices = [{ pod: ['dfw', 'dfw-web-1'] as const, port: 8080 }];
    await gateOf(
      { ...healthy, seconds },
      ['/'],
      slices,
      () => 0,
      (line) => notes.push(line),
    );
    expect(notes).toEqual([
      'no balancer of the site counts how long answers take (only nginx does): p95 is not watched',
    ]);
  });

  test('asks again what the API server did not answer, and not what it refused', async () => {
    let asked = 0;
    const failing = (error: object) =>
      patient(
        { pods: async () => (asked++ < 2 ? Promise.reject(error as Error) : []) } as unknown as ReleaseCluster,
        1,
      );
    expect(await failing(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })).pods('dfw', '')).toEqual([]);
    expect(asked).toBe(3);
    asked = 0;
    const kubectl = new Error('kubectl apply failed: Error from server (ServiceUnavailable): not ready');
    expect(await failing(kubectl).pods('dfw', '')).toEqual([]);
    asked = 0;
    const interrupted = await output({ file: 'sh', args: [] }, ['-c', 'kill -INT $$']).catch((error: Error) => error);
    expect(await failing(interrupted as Error).pods('dfw', '')).toEqual([]);
    asked = 0;
    await expect(failing(Object.assign(new Error('no'), { code: 403 })).pods('dfw', '')).rejects.toThrow('no');
    expect(asked).toBe(1);
  });
});

test.each(['SIGINT', 'SIGHUP'] as const)('%s is heard, and ends nothing', (signal) => {
  const interruption = new Interruption();
  const before = interruption.happened;
  process.emit(signal, signal);
  expect([before, interruption.happened]).toEqual([false, true]);
  interruption.end();
  expect(process.listenerCount('SIGHUP')).toBe(0);
});

describe('the Job that runs first', () => {
  const job = (status: object = {}) => ({ metadata: { name: 'dfw-web-migrate-1', namespace: 'dfw' }, status });
  const jobPod = (image: string) => ({
    ...pod('dfw-web-migrate-1-x', image, 0, {}),
    metadata: { namespace: 'dfw', name: 'x', labels: { 'batch.kubernetes.io/job-name': 'dfw-web-migrate-1' } },
  });

  async function ran(...moments: { jobs: object[]; pods?: object[] }[]) {
    const removed: string[] = [];
    let at = 0;
    const cluster = {
      jobs: async () => ({ pods: [], ...moments[Math.min(at++, moments.length - 1)] }),
      removeJob: async (_: string, name: string) => void removed.push(name),
    } as unknown as ReleaseCluster;
    const plan = { rollouts: [], jobs: ['dfw-web-migrate-1'], jobSeconds: 60, times: TIMES };
    const failure = await runJobs(plan, cluster, clock(), () => {}).catch((error: Error) => error.message);
    return { failure, removed };
  }

  test('is waited for', async () => {
    expect(await ran({ jobs: [job()] }, { jobs: [job({ succeeded: 1 })] })).toEqual({
      failure: undefined,
      removed: [],
    });
  });

  test.each<[string, { jobs: object[]; pods?: object[] }, RegExp]>([
    [
      'fails for good',
      { jobs: [job({ failed: 3, conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] })] },
      /has failed for good/,
    ],
    ['takes too long', { jobs: [job()] }, /the Job is not done, after 60 s/],
    ['has an image that no node gets', { jobs: [job()], pods: [jobPod('nowhere')] }, /program cannot run nowhere/],
  ])('is deleted where it %s, and nothing else is changed', async (_, moment, reason) => {
    const { failure, removed } = await ran(moment);
    expect([failure, removed]).toEqual([expect.stringMatching(reason), ['dfw-web-migrate-1']]);
  });
});

test('an answer of Prometheus without a number is none', () => {
  const answer = (result: object[]) => JSON.stringify({ status: 'success', data: { result } });
  expect([
    numberIn(answer([{ value: [1, '0.25'] }])),
    numberIn(answer([])),
    numberIn(answer([{ value: [1, 'NaN'] }])),
  ]).toEqual([0.25, undefined, undefined]);
});

describe('a site that follows Git', () => {
  const labels = 'labels: { app.kubernetes.io/managed-by: cdk8s-slices, app.kubernetes.io/part-of: dfw }';
  const MAIN = `const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { web } = JSON.parse(readFileSync('images.json', 'utf8'));
const folder = process.env.CDK8S_OUTDIR;
mkdirSync(folder, { recursive: true });
writeFileSync(folder + '/a.yaml', \`
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: dfw, namespace: dfw, ${labels} }
spec: { path: ./dist }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: dfw-web, namespace: dfw, ${labels} }
spec: { template: { spec: { containers: [{ name: web, image: '\${web}' }] } } }
\`);
`;

  async function project(...args: string[]) {
    const cwd = folder();
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=fu', '-c', 'user.email=fu@example.org', ...words], {
        cwd,
        encoding: 'utf8',
      });
    git('init', '--quiet');
    writeFileSync(join(cwd, 'main.js'), MAIN);
    writeFileSync(join(cwd, 'cdk8s.yaml'), 'language: typescript\napp: node main.js\n');
    writeFileSync(join(cwd, 'images.json'), '{ "web": "forum:1" }\n');
    git('add', '.');
    git('commit', '--quiet', '--message=first');
    const who = {
      GIT_AUTHOR_NAME: 'fu',
      GIT_AUTHOR_EMAIL: 'fu@example.org',
      GIT_COMMITTER_NAME: 'fu',
      GIT_COMMITTER_EMAIL: 'fu@example.org',
    };
    const program = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'cli/main.ts'), ...args];
    const { code, out } = await promisify(execFile)(process.execPath, program, {
      cwd,
      env: {
        ...process.env,
        PATH: `${ROOT}/node_modules/.bin:${process.env['PATH']}`,
        KUBECONFIG: '/nowhere',
        ...who,
      },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
      ({ code: failed, stdout, stderr }) => ({ code: failed as number, out: stdout + stderr }),
    );
    return { cwd, code, out, git, images: readFileSync(join(cwd, 'images.json'), 'utf8') };
  }

  test('is released by a commit, which needs no cluster: the command prints how', async () => {
    const { code, out, git, images } = await project('release', 'web=forum:2', 'main.js');
    expect([code, images]).toEqual([0, '{\n  "web": "forum:2"\n}\n']);
    expect(out).toBe(`web: forum:1 -> forum:2
The site follows Git. Release it by:
git add images.json dist
git commit -m 'Release web=forum:2' -- images.json dist
git push
`);
    expect(git('status', '--porcelain')).toBe(' M images.json\n?? dist/\n');
  });

  test('has commands that a shell reads as they are meant, whatever the names', () => {
    expect(commitCommands(['my images.json', 'dist'], "Release web=it's")).toEqual([
      "git add 'my images.json' dist",
      String.raw`git commit -m 'Release web=it'\''s' -- 'my images.json' dist`,
      'git push',
    ]);
  });

  test('has the commit made with --commit', async () => {
    const { code, git } = await project('release', 'web=forum:2', 'main.js', '--commit');
    expect(code).toBe(0);
    expect(git('log', '--format=%s')).toBe('Release web=forum:2\nfirst\n');
    expect(git('show', '--name-only', '--format=')).toBe('dist/a.yaml\nimages.json\n');
  });

  test('stays as it is in a dry run', async () => {
    const { code, out, images } = await project('release', 'web=forum:2', 'main.js', '--dry-run');
    expect([code, images]).toEqual([0, '{ "web": "forum:1" }\n']);
    expect(out).toContain('the site follows Git: a commit would release it');
  });

  test('has the manifests of before again after a dry run, as they may be in Git, too', async () => {
    const { cwd, code } = await project('release', 'web=forum:2', '--dry-run');
    expect([code, readFileSync(join(cwd, 'dist/a.yaml'), 'utf8')]).toEqual([0, expect.stringContaining("'forum:1'")]);
  }, 30_000);

  test('stays as it is where the person does not want the commit', async () => {
    const cwd = folder();
    const before = process.cwd();
    process.chdir(cwd);
    try {
      writeFileSync('main.js', MAIN);
      writeFileSync('images.json', '{ "web": "forum:1" }\n');
      const options = {
        images: async () => ({ web: 'forum:2' }),
        source: 'main.js',
        file: new TextsFile('images.json'),
        commits: true,
      };
      const call = { isDryRun: false, confirm: () => Promise.reject(new Error('nothing was changed')) };
      await expect(release(options as never, { call, say: () => {} } as never)).rejects.toThrow('nothing was changed');
      expect([readFileSync('images.json', 'utf8'), existsSync('dist')]).toEqual(['{ "web": "forum:1" }\n', false]);
    } finally {
      process.chdir(before);
    }
  });

  test('a page without a slash is a wrong command line: every server refuses it', async () => {
    const { code, out } = await project('release', 'web=forum:2', 'main.js', '--path', 'login');
    expect([code, out]).toEqual([2, expect.stringContaining("'login' is no page; write one such as '/login'")]);
  });

  test('an image that nothing runs is an error, and the file stays as it was', async () => {
    const { code, out, images } = await project('release', 'wbe=forum:2', 'main.js');
    expect([code, images]).toEqual([1, '{ "web": "forum:1" }\n']);
    expect(out).toContain(
      "nothing in the site runs forum:2: main.ts has to read 'wbe' by Images.fromFile('images.json').of('wbe')",
    );
  });

  test('is found by an Application of Argo CD, too', () => {
    const spec = { source: { path: 'dist' } };
    const metadata = { name: 'x', labels: { 'app.kubernetes.io/part-of': 'dfw' } };
    expect(followedFolder([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata, spec }])).toBe('dist');
  });
});
