#!/usr/bin/env node
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readManifests } from './manifests';
import { drawSite } from './picture';
import { makeSecrets } from './secrets';

const USAGE = `usage: cdk8s-slices COMMAND [FOLDER]

FOLDER is what 'cdk8s synth' wrote (default: dist). The cluster is the one that KUBECONFIG names.

  secrets   makes the Secrets that the site needs and the cluster lacks, with random values; what is there is never changed
  picture   draws the site, in SVG: picture [FOLDER] [FILE] (default: to the standard output)
`;

const say = (line: string) => process.stdout.write(`${line}\n`);

const COMMANDS: Record<string, (folder: string, ...rest: string[]) => Promise<void>> = {
  async secrets(folder) {
    const { CoreV1Api, KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    config.loadFromDefault();
    await makeSecrets(readManifests(folder), config.makeApiClient(CoreV1Api), say);
  },

  async picture(folder, file) {
    const svg = drawSite(readManifests(folder));
    if (file === undefined) {
      process.stdout.write(svg);
      return;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, svg);
  },
};

async function main(): Promise<void> {
  const [name, folder = 'dist', ...rest] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name as string] : undefined;
  if (command) return command(folder, ...rest);
  process.stderr.write(USAGE);
  process.exitCode = name === undefined || name === '--help' ? 0 : 2;
}

main().catch((error: Error) => {
  process.stderr.write(`cdk8s-slices: ${error.message}\n`);
  process.exitCode = 1;
});
