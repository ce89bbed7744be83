import { Cluster, clusterOf } from '../cluster';
import { Call } from '../command';
import { Connection, announce, connect } from '../connection';
import { Manifest, namespacesOf } from '../manifests';
import { SecretStore, withoutWrites } from '../secrets';

/** The cluster of a command that looks at it, in the namespaces that it is told to look at. */
export async function clusterFor(call: Call): Promise<{ connection: Connection; cluster: Cluster }> {
  const connection = await connect(call);
  return { connection, cluster: clusterOf(connection, call.texts('namespace'), call.note) };
}

/** The cluster of a command that has a site's manifests, which name their namespaces. */
export function clusterOfSite(call: Call, connection: Connection, manifests: readonly Manifest[]): Cluster {
  return clusterOf(connection, namespacesOf(manifests), call.note);
}

/** Connects to a cluster that is about to be changed: it is named, and asked for. */
export async function connectToChange(call: Call, what: string): Promise<Connection> {
  const connection = await connect(call);
  announce(call, connection);
  await call.confirm(`${what}?`);
  return connection;
}

/** Where Secrets are read and made. */
export function secretStore(call: Call, { config, client }: Connection): SecretStore {
  const store: SecretStore = config.makeApiClient(client.CoreV1Api);
  return call.isDryRun ? withoutWrites(store) : store;
}
