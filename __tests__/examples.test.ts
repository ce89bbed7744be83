import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, describeSite } from './site-rules';

/** The dfw site, and every folder of examples/ that has a main.ts. */
const EXAMPLES = [
  'main.ts',
  ...(existsSync(join(ROOT, 'examples')) ? readdirSync(join(ROOT, 'examples')) : [])
    .map((folder) => join('examples', folder, 'main.ts'))
    .filter((file) => existsSync(join(ROOT, file))),
];

describe.each(EXAMPLES)('%s', (main) => {
  describeSite(main, {}, (outdir) => {
    if (main !== 'main.ts') return;
    test('dist is what synth gives', () => {
      const files = (folder: string) =>
        readdirSync(folder)
          .sort()
          .map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
      expect(files(join(ROOT, 'dist'))).toEqual(files(outdir));
    });
  });
});
