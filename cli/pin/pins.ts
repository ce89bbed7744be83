import { referenceOf } from './reference';
import { Logins, digestIn } from './registry';

/** Digests, by the images' names with tags: images.lock.json. */
export type Pins = Readonly<Record<string, string>>;

/** The images of a site that the file has to pin, sorted: those that main.ts names by a digest are pinned already. */
export function toPin(images: readonly string[], pins: Pins): string[] {
  const names = images.map((image) => {
    const [name = '', digest] = image.split('@', 2);
    return digest === undefined || pins[name] === digest ? [name] : [];
  });
  return [...new Set(names.flat())].sort();
}

/**
 * A digest for each image: that of before where there is one, or the registry's.
 *
 * @param anew Whether the registry is asked for all of them: for the tags that have moved.
 */
export async function pinned(images: readonly string[], before: Pins, logins: Logins, anew: boolean): Promise<Pins> {
  const entries = images.map(async (image): Promise<[string, string]> => {
    const known = anew ? undefined : before[image];
    if (known !== undefined) return [image, known];
    const reference = referenceOf(image);
    const digest = await digestIn(reference, reference.tag ?? 'latest', logins);
    if (digest === undefined) throw new Error(`${reference.host} has no ${image}`);
    return [image, digest];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The images that the site has without their digests, though the file has them. */
export function unread(images: readonly string[], pins: Pins): string[] {
  return Object.keys(pins).filter((each) => images.includes(each) || !images.includes(`${each}@${pins[each]}`));
}

/** An image as a check finds it. */
export interface Finding {
  readonly image: string;
  readonly digest: string | undefined;
  /** What is wrong with it; undefined where all is well. */
  readonly problem: string | undefined;
  /** What is to be known of it, and wrong with nothing. */
  readonly note: string | undefined;
}

/** Compares the images of a site with the file, and the file with the registries. */
export async function check(images: readonly string[], pins: Pins, logins: Logins): Promise<Finding[]> {
  const wanted = toPin(images, pins);
  const surplus = Object.keys(pins).filter((each) => !wanted.includes(each));
  const found = wanted.map(async (image): Promise<Finding> => {
    const digest = pins[image];
    if (digest === undefined) return { image, digest, problem: 'has no digest', note: undefined };
    if (unread(images, { [image]: digest }).length > 0)
      return { image, digest, problem: 'has no digest in the site', note: undefined };
    const reference = referenceOf(image);
    const [there, now] = await Promise.all([
      digestIn(reference, digest, logins),
      digestIn(reference, reference.tag ?? 'latest', logins),
    ]);
    return {
      image,
      digest,
      problem: there === undefined ? 'the registry does not have its digest any more' : undefined,
      note: now === digest ? undefined : `its tag is now ${now ?? 'gone'}`,
    };
  });
  const unused = surplus.map((image) => ({
    image,
    digest: pins[image],
    problem: undefined,
    note: 'no image of the site now',
  }));
  return [...(await Promise.all(found)), ...unused];
}
