import { applyObjects } from '../apply';
import { Connection } from '../connection';
import { patient } from '../patience';
import { selectorOf } from '../slices';
import { ReleaseCluster } from './run';

/** The cluster of a release, over its API. */
export function releaseCluster(
  { client, config, kubectl: options }: Connection,
  sites: readonly string[],
  namespaces: readonly string[],
): ReleaseCluster {
  const [core, apps, batch] = [
    config.makeApiClient(client.CoreV1Api),
    config.makeApiClient(client.AppsV1Api),
    config.makeApiClient(client.BatchV1Api),
  ];
  const labelSelector = selectorOf(sites);
  return patient({
    deployment: (namespace, name) => apps.readNamespacedDeployment({ namespace, name }),
    replicaSets: async (namespace, selector) =>
      (await apps.listNamespacedReplicaSet({ namespace, labelSelector: selector })).items,
    pods: async (namespace, selector) => (await core.listNamespacedPod({ namespace, labelSelector: selector })).items,
    apply: (manifest) => applyObjects(options, [manifest]),
    jobs: async () => {
      const lists = await Promise.all(
        namespaces.map(async (namespace) => ({
          jobs: (await batch.listNamespacedJob({ namespace, labelSelector })).items,
          pods: (await core.listNamespacedPod({ namespace, labelSelector })).items,
        })),
      );
      return { jobs: lists.flatMap(({ jobs }) => jobs), pods: lists.flatMap(({ pods }) => pods) };
    },
    removeJob: async (namespace, name) => {
      await batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Background' });
    },
  });
}
