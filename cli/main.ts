#!/usr/bin/env node
import { readManifests } from './manifests';
import { makeSecrets } from './secrets';

const USAGE = `usage: cdk8s-slices secrets [FOLDER]

  secrets   makes the Secrets that the manifests in FOLDER (default: dist) need and the cluster of KUBECONFIG lacks,
            with random values; what is there is never changed
`;

async function main(): Promise<void> {
  const [command, folder = 'dist'] = process.argv.slice(2);
  if (command !== 'secrets') {
    process.stderr.write(USAGE);
    process.exitCode = command === undefined || command === '--help' ? 0 : 2;
    return;
  }
  const { CoreV1Api, KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromDefault();
  await makeSecrets(readManifests(folder), config.makeApiClient(CoreV1Api), (line) =>
    process.stdout.write(`${line}\n`),
  );
}

main().catch((error: Error) => {
  process.stderr.write(`cdk8s-slices: ${error.message}\n`);
  process.exitCode = 1;
});
