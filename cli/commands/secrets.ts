import { Command } from '../command';
import { defaultFolder, readManifests } from '../manifests';
import { CHANGES, CLUSTER, HELP } from '../options';
import { finishRotation, rotate as rotateSecret, secretOf } from '../rotate';
import { makeSecrets } from '../secrets';
import { connectToChange, secretStore } from './connected';

export const secrets: Command = {
  name: 'secrets',
  summary: 'Make the Secrets that a site needs and the cluster lacks',
  about: `Makes the Secrets that the manifests in FOLDER need and the cluster lacks, with random values. A value that is there is
never changed. FOLDER is by default the one that 'cdk8s synth' writes.`,
  arguments: [{ name: 'FOLDER' }],
  options: { ...CLUSTER, ...CHANGES, ...HELP },
  examples: ['secrets', 'secrets dist --dry-run'],
  async run(call) {
    const manifests = readManifests(call.args[0] ?? defaultFolder());
    const connection = await connectToChange(call, 'make the Secrets that are lacking');
    await makeSecrets(manifests, secretStore(call, connection), call.say);
  },
};

export const rotate: Command = {
  name: 'rotate',
  summary: 'Replace a password or key while it is used',
  about: `Gives the Secret NAME of a database account or of a pair a new password. The one before stays good beside it, so that programs
can be restarted one after the other; --finish takes it away. FOLDER has the manifests of the site; by default it is the one that
'cdk8s synth' writes.`,
  arguments: [{ name: 'NAME', required: true }, { name: 'FOLDER' }],
  options: {
    ...CLUSTER,
    finish: { type: 'boolean', help: 'Take the password before away: only the new one is good from then on.' },
    ...CHANGES,
    ...HELP,
  },
  examples: ['rotate dfw-db', 'rotate dfw-db --finish'],
  async run(call) {
    const [name = '', folder = defaultFolder()] = call.args;
    const secret = secretOf(name, readManifests(folder));
    const finish = call.has('finish');
    const connection = await connectToChange(
      call,
      finish ? `end the old password of ${name}` : `replace that of ${name}`,
    );
    await (finish ? finishRotation : rotateSecret)(secret, secretStore(call, connection), call.say);
  },
};
