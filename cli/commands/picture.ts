import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from '../command';
import { defaultFolder, readManifests } from '../manifests';
import { HELP } from '../options';
import { drawSite } from '../picture';

export const picture: Command = {
  name: 'picture',
  summary: 'Draw a site, in SVG',
  about: `Draws the site of FOLDER, in SVG: its roles and slices with their RAM, and what connects to what. FOLDER is by default the one that
'cdk8s synth' writes; without FILE the picture is written to the standard output.`,
  arguments: [{ name: 'FOLDER' }, { name: 'FILE' }],
  options: HELP,
  examples: ['picture > site.svg', 'picture dist docs/site.svg'],
  async run(call) {
    const [folder = defaultFolder(), file] = call.args;
    const svg = drawSite(readManifests(folder));
    if (file === undefined) return call.streams.out(svg);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, svg);
  },
};
