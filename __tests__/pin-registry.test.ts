import { check, pinned } from '../cli/pin/pins';
import { referenceOf } from '../cli/pin/reference';
import { digestIn } from '../cli/pin/registry';
import { Auth, DockerRegistry, LOGIN } from './docker-registry';
import { PinnedSite } from './pinned-site';
import { testWith } from './tools';

const withTool = testWith('docker-registry', 'openssl');
const NAME = 'team/forum';
const nobody = () => undefined;

/** A registry for a test. */
async function withRegistry(auth: Auth, work: (registry: DockerRegistry, image: string) => Promise<void>) {
  const registry = new DockerRegistry();
  await registry.start(auth);
  try {
    await work(registry, `${registry.host}/${NAME}:1`);
  } finally {
    await registry.stop();
  }
}

withTool.each(['oci', 'docker'] as const)(
  'an image for two platforms (%s) is pinned to the digest of both',
  async (as) =>
    withRegistry('none', async (registry, image) => {
      const whole = await registry.pushForTwo(NAME, '1', as);
      expect(await pinned([image], {}, nobody, false)).toEqual({ [image]: whole });
      const one = await digestIn(referenceOf(image), '1-arm64', nobody);
      expect(one).not.toBe(whole);
    }),
);

withTool('a check tells a digest that is current, one whose tag has moved, and one that is gone', async () =>
  withRegistry('none', async (registry, image) => {
    const first = await registry.push(NAME, '1', 'first');
    const found = async () => {
      const [{ problem, note } = { problem: undefined, note: undefined }] = await check(
        [`${image}@${first}`],
        { [image]: first },
        nobody,
      );
      return { problem, note };
    };
    expect(await found()).toEqual({ problem: undefined, note: undefined });
    const second = await registry.push(NAME, '1', 'second');
    expect(await found()).toEqual({ problem: undefined, note: `its tag is now ${second}` });
    await registry.remove(NAME, first);
    expect((await found()).problem).toBe('the registry does not have its digest any more');
  }),
);

withTool('an image or a tag that the registry lacks is named', async () =>
  withRegistry('none', async (registry, image) => {
    await expect(pinned([image], {}, nobody, false)).rejects.toThrow(`${registry.host} has no ${image}`);
    await registry.push(NAME, '1', 'first');
    const other = image.replace(/:1$/, ':2');
    await expect(pinned([other], {}, nobody, false)).rejects.toThrow(`${registry.host} has no ${other}`);
  }),
);

withTool.each(['basic', 'token'] as const)('a private registry (%s) answers who is logged in', async (auth) =>
  withRegistry(auth, async (registry, image) => {
    const digest = await registry.pushForTwo(NAME, '1');
    const asked = async (login: string | undefined) => digestIn(referenceOf(image), '1', () => login);
    expect(await asked(LOGIN)).toBe(digest);
    const refused = /^127\.0\.0\.1:\d+ answers 401.*: write 'docker login', and see that it exists$/;
    await expect(asked(undefined)).rejects.toThrow(refused);
    await expect(asked(Buffer.from('fu:wrong').toString('base64'))).rejects.toThrow(refused);
  }),
);

withTool(
  'the command pins, checks and updates, with the login that docker has left',
  async () =>
    withRegistry('token', async (registry, image) => {
      const site = new PinnedSite(image);
      const first = await registry.pushForTwo(NAME, '1');
      const { code, err } = await site.pin();
      expect([code, err]).toEqual([1, expect.stringContaining("write 'docker login'")]);
      expect(() => site.lock()).toThrow('ENOENT');
      site.logIn(registry.host, LOGIN);
      expect(await site.pin()).toEqual({ code: 0, out: `${image}: ${first}\n`, err: '' });
      const second = await registry.push(NAME, '1', 'second');
      expect(await site.pin('--check')).toMatchObject({
        code: 0,
        out: `${image}: ${first}; its tag is now ${second}\n`,
      });
      await registry.remove(NAME, first);
      expect(await site.pin('--check')).toMatchObject({
        code: 1,
        out: `${image}: the registry does not have its digest any more; its tag is now ${second}\n`,
      });
      expect((await site.pin('--update')).out).toBe(`${image}: ${first} -> ${second}\n`);
      expect(site.lock()).toEqual({ [image]: second });
      expect(await site.pin('--check', '-o', 'json')).toMatchObject({ code: 0, err: '' });
    }),
  120_000,
);
