#!/usr/bin/env node
import { AGENT_PORT } from '../contract/agent-api';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DIST, applyFolder, synthesized } from './apply';
import { readManifests } from './manifests';
import { drawSite } from './picture';
import { rotate, secretOf, settle } from './rotate';
import { makeSecrets } from './secrets';
import { askPod } from './port';
import { Cluster } from './slices';
import { status } from './status';
import { switchover } from './switchover';
import { sitesOf, waitForSites } from './up';

const USAGE = `usage: cdk8s-slices COMMAND

  up [SITE] [SECONDS]      synthesizes the site, makes the Secrets that the cluster lacks, applies the manifests, and waits until
                           every slice is ready, 900 seconds at most. SITE is a folder of manifests, or a program such as
                           main.ts that synthesizes them (default: what cdk8s.yaml names)
  secrets [FOLDER]         makes the Secrets that the manifests in FOLDER (default: dist) need and the cluster lacks, with
                           random values; what is there is never changed
  rotate NAME [FOLDER]     gives the Secret of a database account a new password; the one before stays good beside it, so that
                           its programs can be restarted one after the other
  settle NAME [FOLDER]     ends that: from then on the new password alone is good
  status [SITE]            says of every slice where it runs, what it takes of its RAM, whether it is active, and why
  switchover ROLE [SITE]   makes the standby slice of a pair, such as db or lb, the active one, before work on the other; says
                           how long it took, or why it was not done
  picture [FOLDER] [FILE]  draws the site of FOLDER (default: dist), in SVG (default: to the standard output)

The cluster is the one that KUBECONFIG names.
`;

/** An agent gives up before that, and says so. */
const SWITCHOVER_MS = 20_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The client takes a while to load, and the commands without a cluster do not need it. */
async function selectedCluster() {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  config.loadFromDefault();
  return { ...client, config };
}

type Selected = Awaited<ReturnType<typeof selectedCluster>>;

function clusterOf({ config, AppsV1Api, BatchV1Api, CoreV1Api, CustomObjectsApi }: Selected): Cluster {
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
  };
}

const COMMANDS: Record<string, (...args: (string | undefined)[]) => Promise<void>> = {
  async secrets(folder = DIST) {
    const { config, CoreV1Api } = await selectedCluster();
    await makeSecrets(readManifests(folder), config.makeApiClient(CoreV1Api), say);
  },

  async rotate(name, folder = DIST) {
    const { config, CoreV1Api } = await selectedCluster();
    await rotate(secretOf(name, readManifests(folder)), config.makeApiClient(CoreV1Api), say);
  },

  async settle(name, folder = DIST) {
    const { config, CoreV1Api } = await selectedCluster();
    await settle(secretOf(name, readManifests(folder)), config.makeApiClient(CoreV1Api), say);
  },

  async status(site) {
    for (const line of await status(clusterOf(await selectedCluster()), ...(site ? [site] : []))) say(line);
  },

  async switchover(role, site) {
    if (role === undefined) throw new Error('write which role is to switch over, as in switchover db');
    const selected = await selectedCluster();
    const forwarder = new selected.PortForward(selected.config);
    const ask = (namespace: string, pod: string, request: string) =>
      askPod(forwarder, [namespace, pod], AGENT_PORT, request, SWITCHOVER_MS);
    say(await switchover(clusterOf(selected), ask, role, site));
  },

  async up(site, seconds = '900') {
    if (!/^[1-9]\d*$/.test(seconds)) throw new Error(`'${seconds}' is not a number of seconds`);
    const folder = await synthesized(site);
    const manifests = readManifests(folder);
    const selected = await selectedCluster();
    const cluster = clusterOf(selected);
    await makeSecrets(manifests, selected.config.makeApiClient(selected.CoreV1Api), say);
    say(await applyFolder(folder));
    await waitForSites(cluster, sitesOf(manifests), Number(seconds), say);
    for (const line of await status(cluster, ...sitesOf(manifests))) say(line);
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
