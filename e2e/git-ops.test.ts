import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { KUSTOMIZATION, Repository, withFlux } from './repository';
import { ROOT, apply, get, kubectl, ready, removeNamespaces, synth, until } from './support';

const NAMESPACE = 'e2e-gitops';
const MEMC = ['-n', NAMESPACE, 'statefulset/e2e-gitops-memc'];

withFlux('a site in Git, with Flux', () => {
  let repository: Repository;

  /** Commits the site with these differences, and gives back the commit. */
  function commit(message: string, env: Record<string, string> = {}): string {
    const main = join(ROOT, 'e2e/sites/git-ops.ts');
    return repository.commit(message, synth(main, { REPOSITORY: repository.address, ...env }));
  }

  const applied = (revision: string, seconds: number) => repository.applied(NAMESPACE, revision, seconds);
  const image = async () => (await get(...MEMC)).spec.template.spec.containers[0].image as string;
  const names = async (kind: string) =>
    (await get('-n', NAMESPACE, kind)).items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
  const say = (what: string, seconds: number) => process.stdout.write(`${what} after ${seconds} s\n`);

  beforeAll(async () => {
    await removeNamespaces(NAMESPACE);
    repository = new Repository();
    const revision = commit('The site');
    await apply(join(repository.folder, 'dist'));
    await ready(NAMESPACE, ['e2e-gitops-memc', 'e2e-gitops-admin']);
    await applied(revision, 120);
  });

  afterAll(async () => {
    await kubectl('-n', NAMESPACE, 'delete', KUSTOMIZATION, NAMESPACE, '--wait=true');
    await removeNamespaces(NAMESPACE);
  });

  test('an image, and a ConfigMap, that were changed by hand are put back within a minute', async () => {
    const begin = performance.now();
    await kubectl('-n', NAMESPACE, 'set', 'image', 'statefulset/e2e-gitops-memc', 'memcached=example.org/wrong:1');
    const [dashboards] = (await names('configmap')).filter((each: string) => each.endsWith('-grafana'));
    const patch = ['--type=merge', '-p', '{"data":{"e2e-gitops.json":"{}"}}'];
    await kubectl('-n', NAMESPACE, 'patch', 'configmap', dashboards, ...patch);
    await until(
      'both as they were',
      async () => {
        const { data } = await get('-n', NAMESPACE, 'configmap', dashboards);
        return (await image()).includes('memcached:1.6') && data['e2e-gitops.json'] !== '{}';
      },
      60,
    );
    say('put back', Math.round((performance.now() - begin) / 1000));
  });

  test('a role that is taken out goes, and no other object is applied twice', async () => {
    const seconds = await applied(commit('Take a role out', { WITHOUT: '1' }), 120);
    await until('the role is gone', async () => !(await names('statefulset')).includes('e2e-gitops-former'), 60);
    say('a role is gone', seconds);
    expect(await names('statefulset')).toEqual(['e2e-gitops-admin', 'e2e-gitops-memc']);
  });

  test('a ConfigMap of the revision before stays, so that a pod of it can start again', async () => {
    const before = (await names('configmap')) as string[];
    await applied(commit('Another configuration', { WITHOUT: '1', RETENTION: '20' }), 180);
    expect(await names('configmap')).toEqual(expect.arrayContaining(before));
  });

  test('a bad commit is put right within a minute of the next one', async () => {
    commit('A bad image', { WITHOUT: '1', RETENTION: '20', IMAGE: 'example.org/wrong:1' });
    await until('the bad image', async () => (await image()) === 'example.org/wrong:1', 90);
    // Flux has begun to wait for the pods of it.
    const good = commit('Put it right', { WITHOUT: '1', RETENTION: '20' });
    const begin = performance.now();
    await until('the good image', async () => (await image()).includes('memcached:1.6'), 60);
    say('put right', Math.round((performance.now() - begin) / 1000));
    await applied(good, 120);
  });

  test('the site stays where the Kustomization is deleted, or a commit has nothing of it', async () => {
    const sets = await names('statefulset');
    await kubectl('-n', NAMESPACE, 'delete', KUSTOMIZATION, NAMESPACE, '--wait=true');
    expect(await names('statefulset')).toEqual(sets);
    await apply(join(repository.folder, 'dist'));
    rmSync(join(repository.folder, 'dist/0000-e2e-gitops-site.k8s.yaml'));
    repository.git('commit', '--quiet', '--all', '--message', 'Take the namespace out');
    await applied(repository.git('rev-parse', 'HEAD'), 120);
    const { metadata } = await get('namespace', NAMESPACE);
    expect(metadata.deletionTimestamp).toBeUndefined();
    expect(await names('persistentvolumeclaim')).toEqual(['figures-e2e-gitops-admin-1']);
  });
});
