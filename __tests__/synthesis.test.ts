import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, DependencyVertex, Size, Testing } from 'cdk8s';
import { Node } from 'constructs';
import { addSite } from '../bench/synth/sites';
import { CachePool, Site } from '../constructs';
import { newSite, problems } from './support';

const ram = Size.mebibytes(256);
const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };

test('five times as many sites are five times the work', () => {
  const work = [1, 5].map((sites) => {
    const app = Testing.app();
    for (let index = 0; index < sites; index++) addSite(app, `s${index}`);
    return workOf(app);
  });
  expect(work[1]! / work[0]!).toBeLessThan(5.2);
});

test('five times as many roles in a site are five times the work', () => {
  const work = [4, 20].map((roles) => {
    const site = newSite();
    for (let index = 0; index < roles; index++) new CachePool(site, `memc${index}`, { ram });
    return workOf(App.of(site));
  });
  expect(work[1]! / work[0]!).toBeLessThan(5.2);
});

test('objects of the user in five times as many namespaces are five times the work', () => {
  const work = [2, 10].map((sites) => {
    const app = Testing.app();
    for (let index = 0; index < sites; index++) {
      new CachePool(new Site(app, `s${index}`, { domain: 'example.org' }), 'memc', { ram });
      new ApiObject(new Chart(app, `own${index}`), 'config', { ...configMap, metadata: { namespace: `s${index}` } });
    }
    // Not the whole synthesis: cdk8s looks at the whole app for each chart that is not the library's.
    return workOf(app, ({ node }) => node.findAll().flatMap((each) => each.node.validate()));
  });
  expect(work[1]! / work[0]!).toBeLessThan(5.2);
});

test('each file has the objects that cdk8s itself would write, in its order', () => {
  const app = Testing.app();
  for (const name of ['dfw', 'ams']) addSite(app, name);
  const { charts } = app;
  const [first, ...others] = charts.map((chart) => chart.toJson());
  const written = Reflect.get(Chart.prototype, 'toJson') as (this: Chart) => unknown[];
  const plain = charts.map((chart) => written.call(chart));
  expect([first, ...others]).toEqual(plain);
});

test('an object comes after the one that it depends on', () => {
  const site = newSite();
  const { chart } = new CachePool(site, 'memc', { ram });
  const late = new ApiObject(chart, 'late', { ...configMap, metadata: { name: 'late' } });
  const early = new ApiObject(chart, 'early', { ...configMap, metadata: { name: 'early' } });
  late.addDependency(early);
  const names = () => chart.toJson().map(({ metadata }) => metadata.name as string);
  for (const found of [names(), names()]) expect(found.indexOf('early')).toBeLessThan(found.indexOf('late'));
});

test('where a file depends on another, each follows its own site, and no site follows another', () => {
  const app = Testing.app();
  const names = Array.from({ length: 12 }, (_, index) => `site${index}`);
  for (const name of names) addSite(app, name);
  const own = new Chart(app, 'own');
  new Chart(app, 'late').addDependency(own);
  app.synth();
  const files = app.charts.map(({ node }) => node);
  const followed = ({ dependencies }: (typeof files)[number]) => dependencies.map(({ node }) => node.id);
  const first = names.map((name) => `0000-${name}-site`);
  for (const file of files.filter(({ id }) => first.includes(id))) expect(followed(file)).toEqual([]);
  for (const file of files.filter(({ id }) => id.startsWith('site')))
    expect(followed(file)).toEqual([`0000-${file.id.split('-')[0]}-site`]);
  expect(followed(own.node).sort()).toEqual(first.sort());
});

test('what is added after a synthesis is validated before a file is written', () => {
  const site = newSite();
  const { chart } = new CachePool(site, 'memc', { ram });
  App.of(site).synth();
  new CachePool(site, 'sessions', { ram: Size.mebibytes(64) });
  expect(() => chart.toJson()).toThrow("'ram' is 64 MiB");
});

test('a role that is added after another file was written is validated, too', () => {
  const site = newSite();
  const { chart } = new CachePool(site, 'memc', { ram });
  site.chart.toJson();
  new CachePool(site, 'sessions', { ram: Size.mebibytes(64) });
  expect(() => chart.toJson()).toThrow("'ram' is 64 MiB");
});

test('no file of an app with an error is written, whoever made the error', () => {
  const site = newSite();
  const { chart } = new CachePool(site, 'memc', { ram });
  new Chart(App.of(site), 'own').node.addValidation({ validate: () => ['it is wrong'] });
  expect(problems(site)).toEqual(['[own] it is wrong']);
  expect(() => chart.toJson()).toThrow('it is wrong');
});

test('a name that is taken later is found when a site is asked again', () => {
  const site = newSite();
  const { chart } = new CachePool(site, 'memc', { ram });
  expect(site.node.validate()).toEqual([]);
  new ApiObject(chart, 'twin', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'dfw-memc', namespace: 'dfw' },
  });
  expect(site.node.validate()).toEqual([expect.stringContaining('both make Service dfw/dfw-memc')]);
});

describe('the files of dist', () => {
  function write(ids: string[], outdir = mkdtempSync(join(tmpdir(), 'dist-')), more?: (app: App) => void): string {
    const app = new App({ outdir });
    const site = new Site(app, 'dfw', { domain: 'example.org' });
    for (const id of ids) new CachePool(site, id, { ram });
    more?.(app);
    app.synth();
    return outdir;
  }
  const filesIn = (outdir: string) => readdirSync(outdir).sort();

  test('have names that do not depend on other roles, with the namespaces first', () => {
    expect(filesIn(write(['memc', 'sessions']))).toEqual([
      '0000-dfw-site.k8s.yaml',
      'dfw-memc.k8s.yaml',
      'dfw-sessions.k8s.yaml',
    ]);
    expect(filesIn(write(['sessions']))).toEqual(['0000-dfw-site.k8s.yaml', 'dfw-sessions.k8s.yaml']);
  });

  test('go away with their role, and those of others stay', () => {
    const outdir = write(['memc', 'sessions']);
    const others = {
      'ams-memc.k8s.yaml':
        'metadata:\n  labels:\n    app.kubernetes.io/managed-by: cdk8s-slices\n    app.kubernetes.io/part-of: ams\n',
      'own.k8s.yaml': 'metadata:\n  name: own\n',
      'empty.k8s.yaml': '',
      'notes.md': 'app.kubernetes.io/part-of: dfw\n',
    };
    for (const [name, text] of Object.entries(others)) writeFileSync(join(outdir, name), text);
    write(['memc'], outdir);
    expect(filesIn(outdir)).toEqual(['0000-dfw-site.k8s.yaml', 'dfw-memc.k8s.yaml', ...Object.keys(others)].sort());
  });

  test('stay where the synthesis fails', () => {
    const outdir = write(['memc', 'sessions']);
    const before = filesIn(outdir);
    expect(() => write(['memc', 'Sessions'], outdir)).toThrow('Validation failed');
    expect(filesIn(outdir)).toEqual(before);
  });

  test("have cdk8s' numbers where charts of the user depend on each other, and the namespaces still come first", () => {
    const outdir = write(['memc'], undefined, (app) => {
      const [first, second] = [new Chart(app, 'a'), new Chart(app, 'b')];
      first.addDependency(second);
    });
    expect(filesIn(outdir)[0]).toBe('0000-0000-dfw-site.k8s.yaml');
  });
});

/** How often a synthesis looks at a construct, or at a vertex in a graph of them: work, on whatever machine. */
function workOf(app: App, synth: (app: App) => unknown = () => app.synth()): number {
  let work = 0;
  const counted = (method: unknown) =>
    typeof method === 'function'
      ? function (this: unknown, ...given: unknown[]): unknown {
          work++;
          return Reflect.apply(method, this, given);
        }
      : undefined;
  const restore: (() => void)[] = [];
  for (const prototype of [Node.prototype, DependencyVertex.prototype]) {
    for (const name of ['children', 'dependencies', 'validate', 'outbound', 'inbound']) {
      const found = Object.getOwnPropertyDescriptor(prototype, name);
      if (!found) continue;
      const how = found.get ? 'get' : 'value';
      Object.defineProperty(prototype, name, { ...found, [how]: counted(Reflect.get(found, how)) });
      restore.push(() => Object.defineProperty(prototype, name, found));
    }
  }
  synth(app);
  for (const each of restore) each();
  return work;
}
