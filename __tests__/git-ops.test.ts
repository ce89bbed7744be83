import { Duration, Size } from 'cdk8s';
import { Admin, ArgoCDProps, FluxProps, GitOps } from '../constructs';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const REPOSITORY = 'https://git.example.org/dfw';

function admin(gitOps: GitOps): Admin {
  return new Admin(newSite(), 'admin', { ram: Size.mebibytes(512), gitOps });
}

const flux = (props: Partial<FluxProps> = {}) => admin(GitOps.flux({ repository: REPOSITORY, ...props }));
const argoCD = (props: Partial<ArgoCDProps> = {}) => admin(GitOps.argoCD({ repository: REPOSITORY, ...props }));

/** Seconds of Kubernetes' text. */
const secondsOf = (text: string) => Number(/^(\d+)s$/.exec(text)?.[1]);

test('without a repository there is no object of an add-on', () => {
  const objects = synth(new Admin(newSite(), 'admin', { ram: Size.mebibytes(512) }));
  expect(objects.filter(({ apiVersion }: Manifest) => /toolkit|argoproj/.test(apiVersion))).toEqual([]);
});

test('Flux follows the folder dist of the branch main', () => {
  const objects = synth(flux());
  expect(find(objects, 'GitRepository', 'dfw').spec).toMatchObject({ url: REPOSITORY, ref: { branch: 'main' } });
  expect(find(objects, 'Kustomization', 'dfw').spec).toMatchObject({
    sourceRef: { kind: 'GitRepository', name: 'dfw' },
    path: './dist',
    prune: true,
    wait: true,
  });
});

test('a repository that is not open to all is read by a Secret of the site', () => {
  const objects = synth(flux({ secret: 'git', branch: 'ams', path: 'sites/ams', interval: Duration.minutes(5) }));
  expect(find(objects, 'GitRepository', 'dfw').spec).toMatchObject({
    secretRef: { name: 'dfw-git' },
    ref: { branch: 'ams' },
    interval: '300s',
  });
  expect(find(objects, 'Kustomization', 'dfw').spec.path).toBe('./sites/ams');
});

test('a commit that puts a bad one right is at work within a minute: it waits for one look at Git and one health check', () => {
  const objects = synth(flux());
  const { interval } = find(objects, 'GitRepository', 'dfw').spec;
  const { timeout, retryInterval } = find(objects, 'Kustomization', 'dfw').spec;
  expect(secondsOf(interval) + secondsOf(timeout)).toBeLessThan(60);
  expect(secondsOf(retryInterval)).toBeLessThan(secondsOf(interval));
});

test('the site outlives its Kustomization, and the Kustomization a commit without it', () => {
  const objects = synth(flux());
  expect(find(objects, 'Kustomization', 'dfw').spec.deletionPolicy).toBe('Orphan');
  for (const kind of ['GitRepository', 'Kustomization'])
    expect(find(objects, kind, 'dfw').metadata.annotations).toMatchObject({
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
});

test('Argo CD has an Application of the same meaning, without a finalizer that would delete the site', () => {
  const [application] = ofKind(synth(argoCD()), 'Application');
  expect(application.metadata).toMatchObject({ name: 'dfw', namespace: 'argocd' });
  expect(application.metadata.finalizers).toBeUndefined();
  expect(application.spec).toMatchObject({
    project: 'default',
    source: { repoURL: REPOSITORY, targetRevision: 'main', path: 'dist' },
    destination: { namespace: 'dfw' },
    syncPolicy: { automated: { prune: true, selfHeal: true } },
  });
});

describe("the RAM of Flux' controllers comes out of the slice", () => {
  const prometheus = (construct: Admin) =>
    find(synth(construct), 'StatefulSet', 'dfw-admin').spec.template.spec.containers[0].resources.limits.memory;
  const without = Number.parseInt(prometheus(new Admin(newSite(), 'admin', { ram: Size.mebibytes(512) })), 10);

  test.each([
    ['256 MiB', {}, 256],
    ['what is given', { ram: Size.mebibytes(200) }, 200],
    ['nothing, where another site pays', { ram: Size.mebibytes(0) }, 0],
  ])('%s', (_, props, taken) => {
    expect(prometheus(flux(props))).toBe(`${without - taken}Mi`);
  });

  test('too little is left', () => {
    expect(problems(flux({ ram: Size.mebibytes(300) }))).toEqual([
      "[dfw/admin] 'ram' is 512 MiB: 'gitOps' takes 300 MiB, and Prometheus needs half of it for series; write Size.mebibytes(556) or more",
    ]);
  });

  test("Argo CD's is its own", () => {
    expect(prometheus(argoCD())).toBe(`${without}Mi`);
  });
});

test('Argo CD can show what was changed by hand, and leave it', () => {
  const [application] = ofKind(synth(argoCD({ correct: false, project: 'sites', namespace: 'gitops' })), 'Application');
  expect(application.spec.syncPolicy.automated.selfHeal).toBe(false);
  expect([application.spec.project, application.metadata.namespace]).toEqual(['sites', 'gitops']);
});

test.each([
  [
    { repository: 'git@git.example.org:dfw' },
    "'gitOps.repository' is 'git@git.example.org:dfw': write a whole address, such as 'https://git.example.org/ams'",
  ],
  [
    { repository: 'https://me:secret@git.example.org/dfw' },
    "'gitOps.repository' is 'git.example.org': it has a password or a token in it; put that into a Secret, and leave it out here",
  ],
  [{ branch: 'my branch' }, "'gitOps.branch' is 'my branch': write the name of a branch, such as 'main'"],
  [{ path: '../dist' }, "'gitOps.path' is '../dist': write a folder of the repository, such as 'dist'"],
  [{ path: '/dist' }, "'gitOps.path' is '/dist': write a folder of the repository, such as 'dist'"],
  [
    { interval: Duration.seconds(5) },
    "'gitOps.interval' is 5 s: write Duration.seconds(10) or more, up to Duration.days(1)",
  ],
  [{ secret: 'My Secret' }, "'gitOps.secret' is 'My Secret': write a name of lower-case letters, digits, '-' and '.'"],
])('an error says what to write instead: %p', (props, message) => {
  expect(problems(flux(props))).toEqual([`[dfw/admin] ${message}`]);
});
