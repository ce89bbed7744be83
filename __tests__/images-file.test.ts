import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart, Size, Testing } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-34';
import { CachePool, Images, OwnWorkload, Site, WebTier } from '../constructs';
import { find, problems, synth } from './support';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

function fileOf(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'images-')), 'images.json');
  writeFileSync(path, text);
  return path;
}

const siteOf = (digests: Record<string, string>, registryMirrors?: Record<string, string>) =>
  new Site(Testing.app(), 'dfw', {
    domain: 'example.org',
    images: { digests, ...(registryMirrors && { registryMirrors }) },
  });

const imageIn = (manifest: { spec: { template: { spec: { containers: { image: string }[] } } } }) =>
  manifest.spec.template.spec.containers[0]?.image;

describe('the file of images', () => {
  test('says what a tier runs', () => {
    const images = Images.fromFile(fileOf('{ "web": "ghcr.io/example/forum:1.4" }'));
    expect(images.of('web')).toBe('ghcr.io/example/forum:1.4');
  });

  test('has to have an image of each name that is asked for', () => {
    const path = fileOf('{ "web": "a:1", "jobs": "b:1" }');
    expect(() => Images.fromFile(path).of('wbe')).toThrow(
      `${path}: it has no image 'wbe', but web, jobs; write one of these, or add it to the file`,
    );
    expect(() => Images.fromFile(fileOf('{}')).of('toString')).toThrow(
      "it has no image 'toString', but none; write one of these",
    );
  });

  test('has to be there', () => {
    expect(() => Images.fromFile('/nowhere/images.json').of('web')).toThrow(
      `/nowhere/images.json: there is no such file in ${process.cwd()}; make it, with {} in it`,
    );
  });

  test.each(['web: a', '[]', 'null', '{ "web": 1 }'])('has to be names and texts, which %s is not', (text) => {
    expect(() => Images.digestsFromFile(fileOf(text))).toThrow(
      'it is no JSON object of texts; write { "web": "nginx:1.30" }',
    );
  });
});

describe('a digest', () => {
  test('follows the name of its image, and an image without one stays as it is', () => {
    const site = siteOf(Images.digestsFromFile(fileOf(`{ "docker.io/library/memcached:1.6": "${DIGEST}" }`)));
    new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
    new WebTier(site, 'web', { ram: Size.mebibytes(512), image: 'forum:1' });
    const objects = synth(site);
    expect(imageIn(find(objects, 'StatefulSet', 'dfw-memc'))).toBe(`docker.io/library/memcached:1.6@${DIGEST}`);
    expect(imageIn(find(objects, 'Deployment', 'dfw-web'))).toBe('forum:1');
  });

  test('is that of the mirror, where there is one', () => {
    const site = siteOf({ 'mirror.example/hub/library/memcached:1.6': DIGEST }, { 'docker.io': 'mirror.example/hub' });
    new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
    expect(imageIn(find(synth(site), 'StatefulSet', 'dfw-memc'))).toBe(
      `mirror.example/hub/library/memcached:1.6@${DIGEST}`,
    );
  });

  test('holds for workloads of ones own, too', () => {
    const site = siteOf({ 'search:1': DIGEST });
    const chart = new Chart(App.of(site), 'search', { namespace: 'dfw' });
    const workload = new Deployment(chart, 'search', { containers: [{ image: 'search:1' }] });
    new OwnWorkload(site, 'search', { workload });
    expect(imageIn(synth(site).find(({ kind }) => kind === 'Deployment'))).toBe(`search:1@${DIGEST}`);
  });

  test('is one of sha256, of a name without a digest', () => {
    expect(problems(siteOf({ 'nginx:1.30': 'sha256:abc' }))).toEqual([
      "[dfw] 'images.digests.nginx:1.30' is 'sha256:abc': write a digest, 'sha256:' and 64 characters of 0-9a-f",
    ]);
    expect(problems(siteOf({ [`nginx:1.30@${DIGEST}`]: DIGEST }))).toEqual([
      `[dfw] 'images.digests' is 'nginx:1.30@${DIGEST}': write the name and tag alone, and the digest beside it`,
    ]);
  });
});
