import { resourcesOf } from '../../core/container';
import { k8s, mysqloperator } from '../../core/imports';
import { placement, spread } from '../../core/pod';
import { finished, ownContainers } from '../../core/pod-containers';
import { resourcesIn } from '../../core/pod-resources';
import type { Role } from '../../core/role';
import { SIDECAR_MEBIBYTES } from './innodb-cluster-settings';

/**
 * Parts merged into the pods of the servers, container by container: together they take the slice's RAM. `fixdatadir`, which gives the
 * volume to mysqld before the others start, is left as it is: some versions of the operator lack it.
 */
export function memberPod(role: Role, selector: Record<string, string>, mebibytes: number): object {
  const { mounts } = role._settings.pods;
  const { sidecars, initContainers } = ownContainers(role);
  const added = [...sidecars, ...initContainers].map((each) => finished(role, each));
  const others = 1 + sidecars.length;
  const of = (name: string, ram: number, rest?: number) => ({
    name,
    resources: resourcesIn(role, { name, resources: resourcesOf(ram) }, rest),
  });
  return podSpec(role, selector, {
    initContainers: [of('initconf', SIDECAR_MEBIBYTES), of('initmysql', mebibytes - SIDECAR_MEBIBYTES), ...added],
    containers: [
      of('sidecar', SIDECAR_MEBIBYTES),
      { ...of('mysql', mebibytes - SIDECAR_MEBIBYTES, others), ...(mounts ? { volumeMounts: mounts } : {}) },
    ],
  });
}

/** Parts merged into the pods of the routers. */
export function routerPod(role: Role, selector: Record<string, string>, mebibytes: number): object {
  const resources = resourcesIn(role, { name: 'router', resources: resourcesOf(mebibytes) }, 0);
  return podSpec(role, selector, { containers: [{ name: 'router', resources }] });
}

/** Labels and annotations of pods, which the operator adds to its own. */
export function podMetadata(
  role: Role,
  own?: Record<string, string>,
): Pick<mysqloperator.InnoDbClusterSpec, 'podLabels' | 'podAnnotations'> {
  const { labels = own, podLabels, podAnnotations } = role._settings.metadata;
  return {
    ...(labels || podLabels ? { podLabels: { ...labels, ...podLabels, ...own } } : {}),
    ...(podAnnotations ? { podAnnotations } : {}),
  };
}

function podSpec(role: Role, selector: Record<string, string>, containers: k8s.PodSpec): object {
  const { imagePullSecrets: _, ...placed } = placement(role);
  const { volumes } = role._settings.pods;
  const spec = k8s.toJson_PodSpec({
    ...placed,
    enableServiceLinks: false,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    topologySpreadConstraints: spread(selector),
    ...containers,
    ...(volumes ? { volumes } : {}),
  });
  return spec as object;
}
