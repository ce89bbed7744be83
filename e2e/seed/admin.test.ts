import { Prometheus } from '../prometheus';
import { KUSTOMIZATION, Repository, withFlux } from '../repository';
import { get, kubectl, loadWhile, until } from '../support';
import { onTheSite } from './on-the-site';
import { releasedUnderLoad } from './release';
import { SITE, applySite, arrived, ask, everySliceReady, kill, manifests, pageAnswers, post, siteUrl } from './site';

/** What is promised: from the death of a slice to the mail. */
const TOLD_SECONDS = 90;

onTheSite('admin01, the administrative box', () => {
  let prometheus: Prometheus;

  beforeAll(async () => {
    prometheus = await Prometheus.in(SITE, 'seed-admin-1');
  });

  afterAll(() => prometheus?.end());

  test('it runs Cacti: each slice is seen up, with its RAM, and the page shows it', async () => {
    const slices = await until('thirteen slices', async () => {
      const names = Object.entries(await prometheus.values('slice:up', 'slice')).flatMap(([name, up]) =>
        up === 1 ? [name] : [],
      );
      return names.length === 13 && names.sort();
    });
    const roles = slices.map((name) => /^seed-([a-z]+)/.exec(name)?.[1]);
    expect(roles).toEqual([
      'admin',
      'db',
      'db',
      'jobs',
      'lb',
      'lb',
      'mail',
      'memc',
      'memc',
      'mog',
      'mog',
      'web',
      'web',
    ]);
    expect(await prometheus.page('/consoles/slices.html')).toContain('seed-db01');
  });

  test('someone is told by mail within 90 seconds of the death of a slice', async () => {
    const death = performance.now();
    await kubectl('-n', SITE, 'scale', 'statefulset/seed-memc', '--replicas=1');
    try {
      await until('the mail', () => arrived('seed-memc02 has not been ready'), TOLD_SECONDS);
      process.stderr.write(`told after ${Math.round((performance.now() - death) / 1000)} s\n`);
    } finally {
      await kubectl('-n', SITE, 'scale', 'statefulset/seed-memc', '--replicas=2');
      await everySliceReady();
    }
  });

  test('with it off, everything else goes on, a balancer that dies included', async () => {
    await kubectl('-n', SITE, 'scale', 'statefulset/seed-admin', '--replicas=0');
    try {
      await kubectl('-n', SITE, 'wait', 'pod/seed-admin-1', '--for=delete', '--timeout=60s');
      const id = await post('/entry', { user: 'mark', subject: 'no admin', body: 'without the box' });
      const [active] = (
        await get('-n', SITE, 'pods', '-l', 'cdk8s-slices/instance-role=active,app.kubernetes.io/name=lb')
      ).items;
      await kill(active.metadata.name);
      await until('a page', async () => (await (await ask(`/entry/${id}`)).text()).includes('without the box'), 10);
    } finally {
      await kubectl('-n', SITE, 'scale', 'statefulset/seed-admin', '--replicas=1');
      await everySliceReady();
    }
  });
});

withFlux('admin01, with Flux', () => {
  let repository: Repository;
  const site = async (release: string, webImage?: string) =>
    manifests({ release, repository: repository.address, ...(webImage ? { webImage } : {}) });

  onTheSite('the puppetmaster, and where code is pushed out', () => {
    beforeAll(async () => {
      repository = new Repository();
      const revision = repository.commit('The site', await site('1'));
      await applySite({ repository: repository.address });
      await everySliceReady();
      await repository.applied(SITE, revision, 180);
    });

    // The site goes on as the other tests know it.
    afterAll(async () => {
      await kubectl('-n', SITE, 'delete', KUSTOMIZATION, SITE, '--wait=true');
      await applySite();
      await everySliceReady();
    });

    test('an image and a ConfigMap that were changed by hand are put back within a minute', async () => {
      const begin = performance.now();
      const map = (await get('-n', SITE, 'configmap')).items.find(({ metadata }: Named) =>
        metadata.name.endsWith('-grafana'),
      );
      const [key] = Object.keys(map.data);
      await kubectl('-n', SITE, 'set', 'image', 'deployment/seed-jobs', '*=example.org/wrong:1');
      await kubectl(
        '-n',
        SITE,
        'patch',
        'configmap',
        map.metadata.name,
        '--type=merge',
        '-p',
        JSON.stringify({ data: { [key!]: '{}' } }),
      );
      await until(
        'both as they were',
        async () => {
          const { data } = await get('-n', SITE, 'configmap', map.metadata.name);
          const { spec } = await get('-n', SITE, 'deployment', 'seed-jobs');
          return data[key!] === map.data[key!] && !JSON.stringify(spec).includes('example.org/wrong');
        },
        60,
      );
      process.stderr.write(`put back after ${Math.round((performance.now() - begin) / 1000)} s\n`);
      await everySliceReady();
    });

    test('a commit releases web and jobs under 100 requests a second: none fails, and no job is lost', async () => {
      const release = `${Date.now()}`;
      await releasedUnderLoad(release, async () => {
        const revision = repository.commit('A release', await site(release));
        await repository.applied(SITE, revision, 300);
      });
    });

    test('a bad commit is stopped at one slice, and is put right within a minute of the next one', async () => {
      const good = await site('1');
      await repository.applied(SITE, repository.commit('As it was', good), 300);
      const bad = await site('1', 'example.org/wrong:1');
      const { failures } = await loadWhile(`${await siteUrl()}/`, 100, async () => {
        repository.commit('A bad image', bad);
        await until('the bad image at one slice', async () => (await badSlices()) > 0, 90);
        // Longer than Flux waits for a commit.
        for (let look = 0; look < 8; look++) {
          await new Promise((resolve) => setTimeout(resolve, 5_000));
          expect(await badSlices()).toBe(1);
        }
        repository.commit('Put it right', good);
        const begin = performance.now();
        await until('no bad slice', async () => (await badSlices()) === 0, 60);
        process.stderr.write(`put right after ${Math.round((performance.now() - begin) / 1000)} s\n`);
      });
      expect(failures).toEqual([]);
      await everySliceReady();
      await pageAnswers();
    });

    test('the slice and the two controllers of Flux take no more than the RAM that it had', async () => {
      const controllers = ['source-controller', 'kustomize-controller'].map((name) => [
        'flux-system',
        '-l',
        `app=${name}`,
      ]);
      const lines = await Promise.all(
        [[SITE, 'seed-admin-1'], ...controllers].map((pod) => kubectl('top', 'pod', '--no-headers', '-n', ...pod)),
      );
      const taken = lines.map((line) => Number(/ (\d+)Mi/.exec(line)?.[1]));
      process.stderr.write(`the slice, source-controller and kustomize-controller take ${taken.join(', ')} MiB\n`);
      expect(taken.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(512);
    });
  });
});

async function badSlices(): Promise<number> {
  const { items } = await get('-n', SITE, 'pods', '-l', 'app.kubernetes.io/name=web');
  return items.filter((each: object) => JSON.stringify(each).includes('example.org/wrong')).length;
}

interface Named {
  readonly metadata: { readonly name: string };
}
