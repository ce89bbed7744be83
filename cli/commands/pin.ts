import { synthesized } from '../apply';
import { Call, Command } from '../command';
import { readManifests } from '../manifests';
import { HELP, OUTPUT } from '../options';
import { printed } from '../output';
import { loginOf } from '../pin/logins';
import { Finding, Pins, check, pinned, toPin, unread } from '../pin/pins';
import { imagesOf } from '../release/plan';
import { TextsFile } from '../release/texts-file';

/** The file of the digests, where none is named. */
export const LOCK = 'images.lock.json';

export const pin: Command = {
  name: 'pin',
  summary: 'Pin every image of a site to a digest',
  about: `Asks the registries for the digest of each image of the site that has none, and writes them into images.lock.json, which main.ts reads
by Images.digestsFromFile. Digests that are there stay; --update asks for all of them, as tags may have moved. With --check it writes
nothing, and the exit code is 1 where an image has no digest, or its registry does not have the digest any more. Registries are asked
with the logins of 'docker login'. SOURCE is that of 'up'.`,
  arguments: [{ name: 'SOURCE' }],
  options: {
    lock: { type: 'string', value: 'FILE', help: `The file of the digests (default ${LOCK}).` },
    update: { type: 'boolean', help: 'Take the digests that the tags have now.' },
    check: { type: 'boolean', help: 'Write nothing; fail where an image is not pinned.' },
    ...OUTPUT,
    ...HELP,
  },
  examples: ['pin', 'pin main.ts --update', 'pin --check'],
  async run(call) {
    const file = new TextsFile(call.text('lock') ?? LOCK);
    if (call.has('check')) return checkPins(call, file);
    const before = file.texts;
    // main.ts reads the file, so it has to be there.
    file.write(before);
    try {
      const images = toPin(await imagesIn(call), before);
      file.write(await pinned(images, before, loginOf, call.has('update')));
    } catch (error) {
      file.restore();
      throw error;
    }
    const lost = unread(await imagesIn(call), file.texts);
    call.streams.out(printed(call.text('output'), { data: file.texts, lines: changesOf(before, file.texts) }));
    if (lost.length > 0)
      call.note(
        `the site does not read ${file.path}: write images: { digests: Images.digestsFromFile('${file.path}') } into the properties of Site`,
      );
    return lost.length > 0 ? 1 : 0;
  },
};

async function checkPins(call: Call, file: TextsFile): Promise<number> {
  const found = await check(await imagesIn(call), file.texts, loginOf);
  call.streams.out(printed(call.text('output'), { data: found, lines: found.map(lineOf) }));
  return found.some(({ problem }) => problem !== undefined) ? 1 : 0;
}

async function imagesIn(call: Call): Promise<string[]> {
  return imagesOf(readManifests(await synthesized(call.args[0])));
}

function lineOf({ image, digest, problem, note }: Finding): string {
  return `${image}: ${[problem ?? digest, note].filter((each) => each !== undefined).join('; ')}`;
}

function changesOf(before: Pins, after: Pins): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.map((name) => {
    const [old, now] = [before[name], after[name]];
    if (now === undefined) return `${name}: taken out`;
    return old === undefined || old === now ? `${name}: ${now}` : `${name}: ${old} -> ${now}`;
  });
}
