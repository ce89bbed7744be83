import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Size } from 'cdk8s';
import { parse } from 'yaml';
import { Admin } from '../constructs';
import { CLUSTER } from '../constructs/core/network';
import { Manifest, find, newSite } from './support';
import { SHARED, testWithShared } from './tools';

const ROOT = resolve(__dirname, '..');
const CHARTS = join(SHARED, 'charts');
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const page = read(ROOT, 'docs/add-ons.md');

type Values = { [key: string]: unknown };

const FILES = readdirSync(join(ROOT, 'helm-values')).filter((file) => file.endsWith('.yaml'));
const fileOf = (chart: string) => read(ROOT, 'helm-values', `${chart}.yaml`);
const valuesOf = (chart: string): Values => parse(fileOf(chart));

/** The chart that a file names in its first line. */
function headOf(text: string): { chart: string; version: string; source: string; namespace: string } {
  const [, chart, version, source, namespace] =
    /^# (\S+) (v?\d+\.\d+\.\d+) of ((?:https|oci):\/\/\S+), in the namespace (\S+)\n/.exec(text) ?? [];
  return { chart: chart!, version: version!, source: source!, namespace: namespace! };
}

const isMap = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Paths of keys that the chart does not have. Where it has an empty map, or nothing, its user may write what they want. */
function unknownKeys(own: Values, chart: Values, path = ''): string[] {
  return Object.entries(own).flatMap(([key, value]) => {
    if (!Object.hasOwn(chart, key)) return [`${path}${key}`];
    const known = chart[key];
    if (!isMap(value) || !isMap(known) || Object.keys(known).length === 0) return [];
    return unknownKeys(value, known, `${path}${key}.`);
  });
}

/** Every map of requests and limits, by its path. */
function resourcesIn(values: Values, path = ''): [string, { requests?: Values; limits?: Values }][] {
  if ('requests' in values || 'limits' in values) return [[path, values]];
  return Object.entries(values).flatMap(([key, value]) => (isMap(value) ? resourcesIn(value, `${path}/${key}`) : []));
}

test('there is a file for each chart that the page names, and none beside', () => {
  const named = [...page.matchAll(/\(\.\.\/helm-values\/([\w-]+\.yaml)\)/g)].map(([, file]) => file);
  expect(new Set(named)).toEqual(new Set(FILES));
  expect(FILES).toHaveLength(7);
});

describe.each(FILES.map((file) => file.replace('.yaml', '')))('helm-values/%s.yaml', (chart) => {
  test("its first line has the chart's version, and the page the command with it", () => {
    const { chart: name, version, source, namespace } = headOf(fileOf(chart));
    expect(name).toBe(chart);
    const from = source.startsWith('oci:') ? `${source}/${chart}` : `${chart} --repo ${source}`;
    const create = namespace === 'kube-system' ? '' : ' --create-namespace';
    const command = `helm upgrade --install ${chart} ${from} --version ${version} --namespace ${namespace}${create} --values helm-values/${chart}.yaml`;
    expect(page.split('\n')).toContain(command);
  });

  test('every container has a memory limit, which is its request', () => {
    const all = resourcesIn(valuesOf(chart));
    expect(all.length).toBeGreaterThan(0);
    for (const [path, { requests, limits }] of all) {
      expect([path, requests?.['memory']]).toEqual([path, limits?.['memory']]);
      expect(limits?.['memory']).toMatch(/^\d+Mi$/);
    }
  });

  test('the page has the RAM that it takes', () => {
    const sizes = resourcesIn(valuesOf(chart)).map(([, { limits }]) => Number.parseInt(String(limits?.['memory']), 10));
    const row = new RegExp(`^\\| \\[${chart}\\]\\(\\S+\\) +\\| (.+?) +\\|`, 'm').exec(page)?.[1] ?? '';
    const told = row.match(/\d+/g)!.map(Number);
    expect(told.reduce((sum, each) => sum + each, 0)).toBe(sizes.reduce((sum, each) => sum + each, 0));
  });

  const testWithChart = testWithShared(`charts/${chart}`);

  testWithChart('the chart has every key', () => {
    const known: Values = parse(read(CHARTS, chart, 'values.yaml'));
    expect(unknownKeys(valuesOf(chart), known)).toEqual([]);
    // A key of a chart that is misspelt is found.
    expect(unknownKeys({ ...valuesOf(chart), resource: {} }, known)).toEqual(['resource']);
  });

  testWithChart('the version is that of the chart', () => {
    const { version } = parse(read(CHARTS, chart, 'Chart.yaml'));
    // The sources of two charts have no version before their release.
    if (String(version).endsWith('0.0.0')) return expect(['metallb', 'cert-manager']).toContain(chart);
    expect(headOf(fileOf(chart)).version).toBe(version);
  });
});

test('a site lets its pods ask the cache of the node for names', () => {
  const { localDns } = valuesOf('node-local-dns')['config'] as Values;
  expect(CLUSTER.dnsAddresses).toContain(`${localDns as string}/32`);
});

test('KEDA is where a site lets it in from', () => {
  const scaling = read(ROOT, 'constructs/jobs/job-scaling.ts');
  expect(scaling).toContain(`@default ${headOf(fileOf('keda')).namespace}\n`);
});

test('Grafana finds the dashboards and the Prometheus of an Admin', () => {
  const { sidecar, datasources } = valuesOf('grafana') as { sidecar: { dashboards: Values }; datasources: Values };
  const admin = new Admin(newSite(), 'admin', { ram: Size.mebibytes(512) });
  expect(admin.grafanaDashboards.metadata.getLabel(sidecar.dashboards['label'] as string)).toBe('1');
  const [{ url }] = (datasources['datasources.yaml'] as { datasources: [{ url: string }] }).datasources;
  const { hostname, port } = new URL(url);
  const [service] = hostname.split('.');
  expect(hostname).toBe(`${service}.${admin.namespace}.svc.cluster.local`);
  const { ports } = find(admin.chart.toJson(), 'Service', service!).spec;
  expect(ports.map((each: Manifest) => each.port)).toContain(Number(port));
});
