import type { k8s } from './imports';

/**
 * Annotations by which Flux and Argo CD leave an object in the cluster that the manifests no longer have: it holds data, or a pod of an earlier
 * revision still mounts it.
 */
const KEPT: Readonly<Record<string, string>> = {
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  // Else Argo CD calls the site out of sync for as long as the object is there.
  'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
};

/** The metadata of an object that stays; annotations of the user count more. */
export function keptMetadata<T extends k8s.ObjectMeta>(metadata: T): T {
  return { ...metadata, annotations: { ...KEPT, ...metadata.annotations } };
}
