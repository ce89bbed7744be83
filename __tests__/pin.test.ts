import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loginOf } from '../cli/pin/logins';
import { check, pinned, toPin, unread } from '../cli/pin/pins';
import { referenceOf } from '../cli/pin/reference';
import { digestIn } from '../cli/pin/registry';
import { PinnedSite } from './pinned-site';
import { RegistryServer } from './registry-server';

const ROOT = resolve(__dirname, '..');
const nobody = () => undefined;

let registry: RegistryServer;

beforeEach(async () => {
  registry = new RegistryServer();
  await registry.start();
  registry.manifests.set('team/forum:1', 'one');
});

afterEach(() => registry.stop());

test.each([
  ['nginx:1.30', 'https://registry-1.docker.io', 'library/nginx', '1.30'],
  ['prom/prometheus:v3', 'https://registry-1.docker.io', 'prom/prometheus', 'v3'],
  ['docker.io/library/nginx:1.30', 'https://registry-1.docker.io', 'library/nginx', '1.30'],
  ['ghcr.io/example/forum:1', 'https://ghcr.io', 'example/forum', '1'],
  ['registry.example.org:5000/forum:1', 'https://registry.example.org:5000', 'forum', '1'],
  ['localhost:5000/forum:1', 'http://localhost:5000', 'forum', '1'],
])('%s is asked for at %s', (image, base, repository, tag) => {
  expect(referenceOf(image)).toMatchObject({ base, repository, tag, digest: undefined });
});

describe('a registry', () => {
  const asked = async (version = '1', logins = nobody as (host: string) => string | undefined) =>
    digestIn(referenceOf(`${registry.host}/team/forum:${version}`), version, logins);

  test('is asked with a token of the service that it names, and nothing is pulled', async () => {
    expect(await asked()).toBe(registry.digestOf('team/forum:1'));
    expect(registry.asked).toEqual([
      'HEAD /v2/team/forum/manifests/1',
      'GET /token?service=registry&scope=repository%3Ateam%2Fforum%3Apull',
      'HEAD /v2/team/forum/manifests/1',
    ]);
  });

  test('that does not say the digest has it computed', async () => {
    registry.saysDigest = false;
    expect(await asked()).toBe(registry.digestOf('team/forum:1'));
  });

  test('that answers with a page, an error or a word in place of a digest has none', async () => {
    registry.digest = 'latest';
    await expect(asked()).rejects.toThrow(`${registry.host} answers 'latest' for team/forum:1, which is no digest`);
    registry.saysDigest = false;
    registry.type = 'text/html; charset=utf-8';
    await expect(asked()).rejects.toThrow(`answers with text/html for team/forum:1, which is no manifest`);
    registry.limitsPulls = true;
    await expect(asked()).rejects.toThrow(`${registry.host} answers 429 for team/forum:1`);
  });

  test('that sends us elsewhere does not send the login there', async () => {
    const other = new RegistryServer();
    await other.start();
    other.login = 'fu:secret';
    registry.sendsTo = other;
    await expect(asked('1', () => 'Zw==')).rejects.toThrow('answers 401, and gives no token');
    other.stop();
    expect([registry.logins, other.logins]).toEqual([[], []]);
  });

  test('gives a token to who is logged in', async () => {
    registry.login = 'fu:secret';
    await expect(asked()).rejects.toThrow(
      `${registry.host} answers 401, and gives no token for team/forum: write 'docker login', and see that it exists`,
    );
    const login = Buffer.from('fu:secret').toString('base64');
    expect(await asked('1', (host) => (host === registry.host ? login : undefined))).toMatch(/^sha256:/);
  });

  test.each([
    [undefined, 'later'],
    [120, 'in 120 s'],
  ])('that limits requests says when to try again: %s', async (seconds, when) => {
    registry.broken = 429;
    registry.retryAfter = seconds;
    await expect(asked()).rejects.toThrow(
      `${registry.host} answers 429 for team/forum:1, as it limits requests: try again ${when}, or write 'docker login' for a higher limit`,
    );
  });

  test.each(['<html>sign in</html>', '{}', '"a"'])('whose token is %s gives none', async (page) => {
    registry.tokenPage = page;
    await expect(asked()).rejects.toThrow(
      `${registry.host} answers without a token for team/forum: a proxy may stand in front of it`,
    );
  });

  test('without the image, broken or away is told apart', async () => {
    expect(await asked('2')).toBeUndefined();
    registry.broken = 503;
    await expect(asked()).rejects.toThrow(`${registry.host} answers 503 for team/forum:1: try again later`);
    await expect(digestIn(referenceOf('127.0.0.1:1/team/forum:1'), '1', nobody)).rejects.toThrow(
      '127.0.0.1:1 does not answer: ',
    );
  });
});

describe('a login', () => {
  const before = process.env['DOCKER_CONFIG'];
  const path = process.env['PATH'];

  afterEach(() => {
    if (before === undefined) delete process.env['DOCKER_CONFIG'];
    else process.env['DOCKER_CONFIG'] = before;
    process.env['PATH'] = path;
  });

  function loggedIn(config: object): string {
    const folder = mkdtempSync(join(tmpdir(), 'docker-'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    process.env['DOCKER_CONFIG'] = folder;
    return folder;
  }

  test('is that of docker, which has a name of its own for Docker Hub', () => {
    loggedIn({ auths: { 'ghcr.io': { auth: 'Zw==' }, 'https://index.docker.io/v1/': { auth: 'aA==' } } });
    expect([loginOf('ghcr.io'), loginOf('docker.io'), loginOf('quay.io')]).toEqual(['Zw==', 'aA==', undefined]);
  });

  test('in a broken file is not shown', () => {
    const folder = loggedIn({});
    writeFileSync(join(folder, 'config.json'), '{"auths":{"ghcr.io":{"auth":"c2VjcmV0"}}');
    expect(() => loginOf('ghcr.io')).toThrow(new Error(`'${join(folder, 'config.json')}' is no JSON`));
  });

  test('may be kept by a helper', () => {
    const folder = loggedIn({ auths: { 'ghcr.io': {} }, credsStore: 'test' });
    const helper = join(folder, 'docker-credential-test');
    writeFileSync(helper, '#!/bin/sh\nread host\necho "{\\"Username\\":\\"fu\\",\\"Secret\\":\\"of $host\\"}"\n');
    chmodSync(helper, 0o755);
    process.env['PATH'] = `${folder}:${path}`;
    expect(Buffer.from(loginOf('ghcr.io') ?? '', 'base64').toString()).toBe('fu:of ghcr.io');
  });
});

describe('the digests of a site', () => {
  const image = () => `${registry.host}/team/forum:1`;

  test('are those of images without one, and of images whose digest is the file’s', () => {
    const pins = { 'a:1': 'sha256:aa', 'b:1': 'sha256:bb' };
    expect(toPin(['a:1@sha256:aa', 'b:1@sha256:other', 'c:1'], pins)).toEqual(['a:1', 'c:1']);
    expect(unread(['a:1@sha256:aa', 'b:1'], pins)).toEqual(['b:1']);
  });

  test('stay where a tag moves, until they are asked for anew', async () => {
    const pins = await pinned([image()], {}, nobody, false);
    registry.manifests.set('team/forum:1', 'moved');
    expect(await pinned([image()], pins, nobody, false)).toEqual(pins);
    expect(await pinned([image()], pins, nobody, true)).toEqual({ [image()]: registry.digestOf('team/forum:1') });
    await expect(pinned([`${registry.host}/team/forum:2`], {}, nobody, false)).rejects.toThrow(
      `${registry.host} has no ${registry.host}/team/forum:2`,
    );
  });

  test('are checked with the site and with the registry', async () => {
    const digest = registry.digestOf('team/forum:1');
    const pins = { [image()]: digest };
    const problem = async (images: string[], of = pins) =>
      (await check(images, of, nobody)).map((each) => each.problem ?? each.note);
    expect(await problem([`${image()}@${digest}`])).toEqual([undefined]);
    expect(await problem([image()], {})).toEqual(['has no digest']);
    expect(await problem([image()])).toEqual(['has no digest in the site']);
    expect(await problem([])).toEqual(['no image of the site now']);
    registry.manifests.set('team/forum:1-old', 'one');
    registry.manifests.set('team/forum:1', 'moved');
    expect(await problem([`${image()}@${digest}`])).toEqual([`its tag is now ${registry.digestOf('team/forum:1')}`]);
    registry.manifests.delete('team/forum:1-old');
    expect(await problem([`${image()}@${digest}`])).toEqual(['the registry does not have its digest any more']);
  });

  test('are read by an update bot: Renovate’s custom manager of docs/command-line.md', () => {
    const page = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8');
    const [, json = ''] = /```json\n([^`]*customManagers[^`]*)```/.exec(page) ?? [];
    const { customManagers } = JSON.parse(json) as { customManagers: { matchStrings: [string] }[] };
    const expression = new RegExp(customManagers[0]!.matchStrings[0]);
    const digest = `sha256:${'0a'.repeat(32)}`;
    const line = (name: string) => expression.exec(JSON.stringify({ [name]: digest }, undefined, 2))?.groups;
    expect(line('docker.io/library/nginx:1.30')).toEqual({
      depName: 'docker.io/library/nginx',
      currentValue: '1.30',
      currentDigest: digest,
    });
    expect(line('registry.example.org:5000/forum:2')?.['depName']).toBe('registry.example.org:5000/forum');
  });
});

describe('the command', () => {
  const project = ({ reads = true, tag = '1' } = {}) => new PinnedSite(`${registry.host}/team/forum:${tag}`, reads);

  test('pins what the site runs, and the check then finds nothing', async () => {
    const site = project();
    const digest = registry.digestOf('team/forum:1');
    expect(await site.pin()).toEqual({ code: 0, out: `${registry.host}/team/forum:1: ${digest}\n`, err: '' });
    expect(site.lock()).toEqual({ [`${registry.host}/team/forum:1`]: digest });
    expect((await site.pin('--check')).code).toBe(0);
    registry.manifests.set('team/forum:1', 'moved');
    expect((await site.pin('--check')).code).toBe(1);
    expect((await site.pin('--update')).out).toContain(`${digest} -> ${registry.digestOf('team/forum:1')}`);
  }, 120_000);

  test('says how the site reads the file', async () => {
    const site = project({ reads: false });
    const { code, err } = await site.pin();
    expect([code, err]).toEqual([
      1,
      "the site does not read images.lock.json: write images: { digests: Images.digestsFromFile('images.lock.json') } into the properties of Site\n",
    ]);
  }, 120_000);

  test('leaves no file where a registry lacks the image', async () => {
    const site = project({ tag: '2' });
    const { code, err } = await site.pin();
    expect([code, err]).toEqual([1, expect.stringContaining(`${registry.host} has no ${registry.host}/team/forum:2`)]);
    expect(() => site.lock()).toThrow('ENOENT');
    expect((await site.pin('--check')).err).toContain('images.lock.json: there is no such file');
  }, 120_000);
});
