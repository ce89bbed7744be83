import type { CoreV1Api, V1Container, V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { SITE_LABEL, WATCHED_BY } from '../../contract/monitoring';
import { UsageError } from '../command';
import { Connection } from '../connection';
import { codeOf, explained } from '../errors';
import { Manifest } from '../manifests';
import { Forwarder, PodName, askPod, wholeJson } from '../port';
import { isReady } from '../pod-state';
import { selectorOf } from '../slices';

const QUERY_MS = 5000;

/** Labels that a Prometheus operator gives to the pods of a Prometheus. */
const OF_PROMETHEUS = 'app.kubernetes.io/name=prometheus';
const NAME_OF_RESOURCE = 'operator.prometheus.io/name';

/** The server that has a site's figures. */
export interface Prometheus {
  /** The body of its answer to a request, such as `/api/v1/query?query=up`. @throws where it does not answer */
  ask(path: string): Promise<string>;
  /** Selects the site's own series: `{site="dfw"}`, or nothing where it has no others. */
  readonly own: string;
}

/** Where a site is, and what it says of its Prometheus. */
export interface WatchedSite {
  readonly sites: readonly string[];
  readonly namespaces: readonly string[];
  readonly manifests: readonly Manifest[];
}

/** A Prometheus by its namespace, and by the name of its resource where there may be several; or by its address. */
export interface WantedPrometheus {
  readonly namespace?: string;
  readonly name?: string;
  readonly url?: string;
}

/** @throws UsageError where it is neither NAMESPACE, nor NAMESPACE/NAME, nor an address. */
export function wantedPrometheus(text: string): WantedPrometheus {
  if (/^https?:\/\//.test(text)) {
    if (URL.canParse(text)) return { url: text.replace(/\/+$/, '') };
  } else {
    const [, namespace, name] = /^([a-z0-9][a-z0-9-]*)(?:\/([a-z0-9][a-z0-9.-]*))?$/.exec(text) ?? [];
    if (namespace !== undefined) return { namespace, ...(name !== undefined && { name }) };
  }
  throw new UsageError(
    `'${text}' names no Prometheus; write NAMESPACE, NAMESPACE/NAME or an address, such as monitoring/k8s or https://prometheus.example.org`,
  );
}

/**
 * Finds the Prometheus of a site: the one that is wanted; else the operator's, where the site says that it watches it; else its Admin's.
 *
 * @throws where there are several, and where the one that is wanted cannot be found.
 */
export async function findPrometheus(
  { client, config }: Connection,
  site: WatchedSite,
  wanted: WantedPrometheus | undefined,
  note: (line: string) => void,
): Promise<Prometheus | undefined> {
  const own = `{${SITE_LABEL}=~"${site.sites.join('|')}"}`;
  if (wanted?.url !== undefined) return atAddress(wanted.url, own);
  const core = config.makeApiClient(client.CoreV1Api);
  const forwarder: Forwarder = new client.PortForward(config);
  const said = watchedBy(site.manifests);
  if (wanted === undefined && said === undefined) return inSite(core, forwarder, site);
  const { namespace = '', name } = wanted ?? wantedPrometheus(said ?? '');
  try {
    return inPod(forwarder, await podOf(core, namespace, name), own);
  } catch (error) {
    if (wanted !== undefined || error instanceof SeveralError) throw error;
    // A site goes on where its Prometheus is away, and so does a release.
    note((error as Error).message);
    return undefined;
  }
}

class SeveralError extends Error {}

function watchedBy(manifests: readonly Manifest[]): string | undefined {
  const annotations = manifests.map(({ metadata }) => metadata.annotations?.[WATCHED_BY]);
  return annotations.find((each) => each !== undefined);
}

async function inSite(core: CoreV1Api, forwarder: Forwarder, site: WatchedSite): Promise<Prometheus | undefined> {
  const labelSelector = selectorOf(site.sites);
  const lists = await Promise.all(
    site.namespaces.map((namespace) => core.listNamespacedPod({ namespace, labelSelector })),
  );
  const pod = lists.flatMap(({ items }) => items).find((each) => containerOf(each)?.ports?.length);
  return pod && inPod(forwarder, pod, '');
}

async function podOf(core: CoreV1Api, namespace: string, name: string | undefined): Promise<V1Pod> {
  const labelSelector = name === undefined ? OF_PROMETHEUS : `${OF_PROMETHEUS},${NAME_OF_RESOURCE}=${name}`;
  const named = `${namespace}${name === undefined ? '' : `/${name}`}`;
  const { items } = await core.listNamespacedPod({ namespace, labelSelector }).catch((error: unknown) => {
    const instead = codeOf(error) === 403 ? '; write --prometheus https://… to ask it by its address' : '';
    throw new Error(`the Prometheus ${named} cannot be found: ${explained(error)}${instead}`);
  });
  const resources = [...new Set(items.flatMap(({ metadata }) => metadata?.labels?.[NAME_OF_RESOURCE] ?? []))].sort();
  if (resources.length > 1)
    throw new SeveralError(
      `the namespace ${namespace} has several Prometheus (${resources.join(', ')}): write --prometheus ${namespace}/${resources[0]}, or Monitoring.operator({ prometheus: '${resources[0]}' })`,
    );
  const pod = items.find(isReady);
  if (pod) return pod;
  const lacking = items.length > 0 ? 'no pod of it is ready' : `no pod there has the labels ${labelSelector}`;
  throw new Error(`the Prometheus ${named} cannot be asked: ${lacking}; write --prometheus NAMESPACE/NAME for another`);
}

function containerOf({ spec }: V1Pod): V1Container | undefined {
  return spec?.containers.find(({ name }) => name === 'prometheus');
}

function inPod(forwarder: Forwarder, pod: V1Pod, own: string): Prometheus {
  const { ports, args } = containerOf(pod) ?? {};
  const port = ports?.[0]?.containerPort ?? 9090;
  const [, prefix = ''] = /^--web\.route-prefix=(.*?)\/*$/m.exec((args ?? []).join('\n')) ?? [];
  const name: PodName = [pod.metadata?.namespace ?? '', pod.metadata?.name ?? ''];
  return {
    own,
    ask: async (path) => (await askPod(forwarder, name, port, `GET ${prefix}${path}`, QUERY_MS, wholeJson)).body,
  };
}

function atAddress(address: string, own: string): Prometheus {
  const { username, password, origin, pathname } = new URL(address);
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const headers: Record<string, string> = username === '' ? {} : { authorization: `Basic ${login}` };
  const base = `${origin}${pathname.replace(/\/$/, '')}`;
  return {
    own,
    ask: async (path) => {
      const answer = await fetch(`${base}${path}`, { headers, signal: AbortSignal.timeout(QUERY_MS) });
      if (!answer.ok) throw new Error(`${base} answers ${answer.status}`);
      return answer.text();
    },
  };
}
