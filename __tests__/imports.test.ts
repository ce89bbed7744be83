import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, Chart, Testing } from 'cdk8s';
import { parse } from 'yaml';
import { certmanager, flux, gatewayapi, k8s, keda, mysqloperator, prometheusoperator } from '../constructs';
import { SHARED, testWithShared } from './tools';

const ROOT = resolve(__dirname, '..');

// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

/** What `npm run imports` writes, with the files of ../shared in place of what it downloads. */
function imported(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'imports-'));
  cpSync(join(ROOT, 'cdk8s.yaml'), join(folder, 'cdk8s.yaml'));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  mkdirSync(join(folder, '__tests__'));
  cpSync(join(ROOT, '__tests__/crd'), join(folder, '__tests__/crd'), { recursive: true });
  const NODE_OPTIONS = `--require ${join(ROOT, '__tests__/imports-mirror.cjs')}`;
  const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`;
  const env = { ...process.env, NODE_OPTIONS, MIRROR: SHARED, PATH };
  execFileSync('npm', ['run', 'imports'], { cwd: folder, env, stdio: 'pipe' });
  // What it imported stays as it is listed.
  expect(readFileSync(join(folder, 'cdk8s.yaml'), 'utf8')).toBe(readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8'));
  const files = readdirSync(join(folder, 'imports'));
  const written = files.map((file) => [file, readFileSync(join(folder, 'imports', file), 'utf8')] as const);
  rmSync(folder, { recursive: true });
  return Object.fromEntries(written);
}

testWithShared('schemas', 'crds')(
  '`npm run imports` writes imports/ as it is',
  () => {
    const written = imported();
    expect(Object.keys(written).sort()).toEqual(readdirSync(join(ROOT, 'imports')).sort());
    for (const [file, text] of Object.entries(written)) {
      // Not toEqual(): the difference of a megabyte is nothing to read.
      if (text !== readFileSync(join(ROOT, 'imports', file), 'utf8')) throw new Error(`imports/${file} is another`);
    }
  },
  120_000,
);

test('each entry of imports: in cdk8s.yaml names a version, or a file of this repository', () => {
  const { imports } = parse(readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8')) as { imports: string[] };
  expect(imports).toHaveLength(readdirSync(join(ROOT, 'imports')).length);
  for (const entry of imports) {
    const source = entry.replace(/^[\w-]+:=/, '');
    expect(existsSync(join(ROOT, source)) || /^k8s@\d+\.\d+\.\d+$|\/v\d+\.\d+\.\d+\//.test(source)).toBe(true);
  }
});

const made = (make: (chart: Chart) => void): Any[] => {
  const chart = new Chart(new App(), 'test');
  make(chart);
  return Testing.synth(chart);
};

test('the objects are of Kubernetes 1.34: a container that starts first can stay beside the others', () => {
  const [pod] = made(
    (chart) =>
      new k8s.KubePod(chart, 'pod', {
        spec: { initContainers: [{ name: 'sidecar', restartPolicy: 'Always' }], containers: [{ name: 'main' }] },
      }),
  );
  expect(pod.spec.initContainers[0]).toEqual({ name: 'sidecar', restartPolicy: 'Always' });
});

test("every kind of an add-on's object that the library writes has a class", () => {
  const spec: Any = {};
  const kinds = made((chart) => {
    new keda.ScaledObject(chart, 'a', { spec });
    new keda.TriggerAuthentication(chart, 'b', { spec });
    new prometheusoperator.PodMonitor(chart, 'c', { spec });
    new prometheusoperator.ServiceMonitor(chart, 'd', { spec });
    new prometheusoperator.PrometheusRule(chart, 'e', { spec });
    new flux.GitRepository(chart, 'f', { spec });
    new flux.Kustomization(chart, 'g', { spec });
    new gatewayapi.HttpRoute(chart, 'h', { spec });
    new certmanager.Certificate(chart, 'i', { spec });
    new mysqloperator.InnoDbCluster(chart, 'j', { spec });
  }).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  expect(kinds).toEqual([
    'keda.sh/v1alpha1 ScaledObject',
    'keda.sh/v1alpha1 TriggerAuthentication',
    'monitoring.coreos.com/v1 PodMonitor',
    'monitoring.coreos.com/v1 ServiceMonitor',
    'monitoring.coreos.com/v1 PrometheusRule',
    'source.toolkit.fluxcd.io/v1 GitRepository',
    'kustomize.toolkit.fluxcd.io/v1 Kustomization',
    'gateway.networking.k8s.io/v1 HTTPRoute',
    'cert-manager.io/v1 Certificate',
    'mysql.oracle.com/v2 InnoDBCluster',
  ]);
});

test('no file of the library takes its objects from elsewhere, and none makes an object without a type', () => {
  const files = readdirSync(join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('-bundle.ts'));
  const wrong = sources.filter((file) =>
    /from 'cdk8s-plus|new ApiObject\(/.test(readFileSync(join(ROOT, 'constructs', file), 'utf8')),
  );
  expect(sources.length).toBeGreaterThan(80);
  // Argo CD's Application and Cilium's policy are the objects whose definitions `npm run imports` does not fetch.
  expect(wrong.sort()).toEqual(['admin/git-ops.ts', 'external/peers.ts']);
});
