import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { guardAnswers } from './answers';
import { Call } from './command';

/** The cluster that a command works on, and who the command is there. */
export interface Connection {
  readonly client: Awaited<typeof import('@kubernetes/client-node', { with: { 'resolution-mode': 'import' } })>;
  readonly config: KubeConfig;
  readonly context: string;
  readonly server: string;
  /** The namespace of the context. */
  readonly namespace: string;
  /** The options by which kubectl works on the same cluster. */
  readonly kubectl: readonly string[];
}

/**
 * Connects to the cluster of the kubeconfig, as kubectl does.
 *
 * @throws where there is no kubeconfig, or where it does not know the context.
 */
export async function connect(call: Call): Promise<Connection> {
  // The client takes a while to load, and the commands without a cluster do not need it.
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  const [file, wanted] = [call.text('kubeconfig'), call.text('context')];
  load(config, file);
  const names = config.getContexts().map(({ name }) => name);
  const context = wanted ?? config.getCurrentContext();
  const known = names.length > 0 ? `; there are ${names.join(', ')}` : '';
  if (!context) throw new Error(`the kubeconfig has no current context: write --context NAME${known}`);
  if (!names.includes(context)) throw new Error(`the kubeconfig has no context '${context}'${known}`);
  config.setCurrentContext(context);
  const { server, skipTLSVerify } = config.getCurrentCluster() ?? {};
  if (server === undefined) throw new Error(`the kubeconfig has no cluster for the context '${context}'`);
  if (server.startsWith('http:') && !skipTLSVerify)
    throw new Error(
      `the cluster of the context '${context}' is at ${server}, which has no TLS: ` +
        'say insecure-skip-tls-verify: true in the kubeconfig, or write https',
    );
  guardAnswers(client, config);
  const kubectl = [
    ...(file === undefined ? [] : [`--kubeconfig=${file}`]),
    ...(wanted === undefined ? [] : [`--context=${wanted}`]),
  ];
  const namespace = config.getContextObject(context)?.namespace ?? 'default';
  return { client, config, context, server, namespace, kubectl };
}

function load(config: KubeConfig, file: string | undefined): void {
  if (file !== undefined) {
    if (!existsSync(file)) throw new Error(`there is no kubeconfig '${file}'`);
    return read(`'${file}'`, () => config.loadFromFile(file));
  }
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((each) => each !== '');
  if (named.length > 0 && !named.some((each) => existsSync(each)))
    throw new Error(`KUBECONFIG names '${named.join(delimiter)}', which is not there`);
  const inCluster = process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
  if (named.length === 0 && !existsSync(join(homedir(), '.kube', 'config')) && !inCluster)
    throw new Error('there is no kubeconfig: set KUBECONFIG, write --kubeconfig FILE, or make ~/.kube/config');
  read(named.length > 0 ? `'${named.join(delimiter)}'` : '~/.kube/config', () => config.loadFromDefault());
}

/** The client's own errors do not name the file. */
function read(file: string, load: () => void): void {
  try {
    load();
  } catch (error) {
    const { message } = error as Error;
    const isEmpty = message.startsWith('Cannot read properties of ');
    throw new Error(
      `the kubeconfig ${file} cannot be read: ${isEmpty ? 'it is empty, or no kubeconfig' : message.split('\n')[0]}`,
      { cause: error },
    );
  }
}

/** Says which cluster is about to be changed. */
export function announce(call: Call, { context, server }: Connection): void {
  call.note(`context ${context}, ${server}${call.isDryRun ? ' (dry run: nothing is changed)' : ''}`);
}
