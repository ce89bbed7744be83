#!/usr/bin/env node
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readManifests } from './manifests';
import { drawSite } from './picture';
import { makeSecrets } from './secrets';
import { status } from './status';

const USAGE = `usage: cdk8s-slices COMMAND

  secrets [FOLDER]         makes the Secrets that the manifests in FOLDER (default: dist) need and the cluster lacks, with
                           random values; what is there is never changed
  status [SITE]            says of every slice where it runs, what it takes of its RAM, whether it is active, and why
  picture [FOLDER] [FILE]  draws the site of FOLDER (default: dist), in SVG (default: to the standard output)

The cluster is the one that KUBECONFIG names.
`;

/** Where `cdk8s synth` writes. */
const DIST = 'dist';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The client takes a while to load, and the commands without a cluster do not need it. */
async function selectedCluster() {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  config.loadFromDefault();
  return { ...client, config };
}

const COMMANDS: Record<string, (...args: (string | undefined)[]) => Promise<void>> = {
  async secrets(folder = DIST) {
    const { config, CoreV1Api } = await selectedCluster();
    await makeSecrets(readManifests(folder), config.makeApiClient(CoreV1Api), say);
  },

  async status(site) {
    const { config, AppsV1Api, CoreV1Api, CustomObjectsApi } = await selectedCluster();
    const lines = await status(
      {
        core: config.makeApiClient(CoreV1Api),
        apps: config.makeApiClient(AppsV1Api),
        custom: config.makeApiClient(CustomObjectsApi),
      },
      site,
    );
    for (const line of lines) say(line);
  },

  async picture(folder = DIST, file) {
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
  const [name, ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name as string] : undefined;
  if (command) return command(...args);
  process.stderr.write(USAGE);
  process.exitCode = name === undefined || name === '--help' ? 0 : 2;
}

main().catch((error: Error) => {
  process.stderr.write(`cdk8s-slices: ${error.message}\n`);
  process.exitCode = 1;
});
