import { Command, UsageError } from '../command';
import { makeProject, planProject } from '../init/init';
import { HELP } from '../options';

export const init: Command = {
  name: 'init',
  summary: 'Make a new project: a site, its test, and what npm and cdk8s need',
  about: `Writes a project into FOLDER, which is by default this one: a site of four roles in site.ts, main.ts, a test, images.json, cdk8s.yaml,
tsconfig.json and package.json. It overwrites nothing: package.json gets the scripts and packages that it lacks. The site has the name
of the folder.`,
  arguments: [{ name: 'FOLDER' }],
  options: {
    domain: { type: 'string', value: 'NAME', help: 'The domain that the site answers to (default example.org).' },
    'dry-run': { type: 'boolean', help: 'Write nothing; say which files there would be.' },
    ...HELP,
  },
  examples: ['init', 'init ams --domain=ams.example.org'],
  async run(call) {
    const domain = call.text('domain') ?? 'example.org';
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(domain)) throw new UsageError(`'${domain}' is no domain in lower case`);
    const project = planProject(call.args[0] ?? '.', domain);
    for (const file of Object.keys(project.files).sort()) call.say(`${call.isDryRun ? 'would write ' : ''}${file}`);
    if (call.isDryRun) return;
    makeProject(project);
    const there = project.folder === '.' ? '' : `cd ${project.folder} && `;
    call.note(`next: ${there}npm install && npm test && npm run synth, then npx cdk8s-slices up`);
  },
};
