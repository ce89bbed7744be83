import { PART_OF } from '../contract/labels';
import { kubectl } from './apply';
import { Manifest } from './manifests';
import { output } from './programs';
import { OF_SITE, selectorOf } from './slices';

/** An object as the cluster has it. */
export interface LiveObject extends Manifest {
  readonly metadata: Manifest['metadata'] & {
    readonly ownerReferences?: readonly object[];
    readonly annotations?: Record<string, string>;
    readonly managedFields?: readonly ManagedFields[];
  };
}

/** What the API server knows of who wrote which fields of an object. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** The kinds that sites are made of, by the names of their resources. Those of add-ons are looked for where they are installed. */
const KINDS: readonly string[] = [
  'statefulsets.apps',
  'deployments.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'services',
  'configmaps',
  'serviceaccounts',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'networkpolicies.networking.k8s.io',
  'ingresses.networking.k8s.io',
  'poddisruptionbudgets.policy',
  'horizontalpodautoscalers.autoscaling',
  'scaledobjects.keda.sh',
  'triggerauthentications.keda.sh',
  'podmonitors.monitoring.coreos.com',
  'servicemonitors.monitoring.coreos.com',
  'prometheusrules.monitoring.coreos.com',
  'httproutes.gateway.networking.k8s.io',
  'certificates.cert-manager.io',
  'gitrepositories.source.toolkit.fluxcd.io',
  'kustomizations.kustomize.toolkit.fluxcd.io',
  'applications.argoproj.io',
];
/** Those that are in no namespace: who may use one namespace alone does not see them. */
const GLOBAL_KINDS: readonly string[] = [
  'namespaces',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
];

/** Every object of some sites that was made by applying manifests, not by a controller. */
export async function inventory(
  options: readonly string[],
  sites: readonly string[],
  namespaces: readonly string[],
): Promise<LiveObject[]> {
  const installed = (await output(kubectl(options), ['api-resources', '--verbs=list', '--output=name'])).split('\n');
  const get = async (kinds: readonly string[], ...where: string[]): Promise<LiveObject[]> => {
    const args = ['get', kinds.filter((each) => installed.includes(each)).join(','), `--selector=${selectorOf(sites)}`];
    const text = await output(kubectl(options), [...args, ...where, '--output=json', '--show-managed-fields']);
    return (JSON.parse(text) as { items: LiveObject[] }).items;
  };
  const found = await get([...KINDS, ...GLOBAL_KINDS], '--all-namespaces').catch(async (error: Error) => {
    if (!/forbidden/i.test(error.message)) throw error;
    const lists = await Promise.all(namespaces.map((namespace) => get(KINDS, `--namespace=${namespace}`)));
    return lists.flat();
  });
  return found.filter(({ metadata }) => !metadata.ownerReferences?.length);
}

/**
 * The volumes and Secrets of some sites: their names alone, as nothing here has to know the values. A volume has the labels by which
 * its StatefulSet selects pods, and a Secret says only that this program made it.
 */
export async function dataOf(options: readonly string[], sites: readonly string[]): Promise<LiveObject[]> {
  const list = async (kind: string, resource: string, selector: string): Promise<LiveObject[]> => {
    const names = '--output=custom-columns=:.metadata.namespace,:.metadata.name';
    const args = ['get', resource, '--all-namespaces', `--selector=${selector}`, '--no-headers', names];
    const lines = (await output(kubectl(options), args)).split('\n').filter((line) => line.trim() !== '');
    return lines.map((line): LiveObject => {
      const [namespace = '', name = ''] = line.trim().split(/\s+/);
      const site = sites.find((each) => name === each || name.startsWith(`${each}-`) || kind !== 'Secret');
      return { apiVersion: 'v1', kind, metadata: { name, namespace, ...(site && { labels: { [PART_OF]: site } }) } };
    });
  };
  const ofSites = `${PART_OF} in (${sites.join(',')})`;
  try {
    const lists = [
      list('PersistentVolumeClaim', 'persistentvolumeclaims', ofSites),
      list('Secret', 'secrets', OF_SITE),
    ];
    return (await Promise.all(lists)).flat();
  } catch (error) {
    // Who may not see them cannot be told what is kept; nothing of it is ever deleted.
    if (/forbidden/i.test((error as Error).message)) return [];
    throw error;
  }
}

/** `statefulset.apps/dfw-web` of a namespace, as kubectl writes it. */
export function nameOf({ apiVersion, kind, metadata }: Manifest): string {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  const resource = `${kind.toLowerCase()}${group ? `.${group}` : ''}/${metadata.name}`;
  return metadata.namespace === undefined ? resource : `${metadata.namespace} ${resource}`;
}

/** The site of an object. */
export function siteOf({ metadata }: Manifest): string | undefined {
  return metadata.labels?.[PART_OF];
}
