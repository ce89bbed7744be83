import { k8s } from '../../core/imports';
import { defined, resourcesOf } from '../../core/container';
import { spread } from '../../core/workload';
import type { Site } from '../../core/site';
import { SIDECAR_MEBIBYTES } from './innodb-cluster-settings';

/**
 * What is merged into the pods of the servers, container by container: together they take the slice's RAM. `fixdatadir`, which
 * gives the volume to mysqld before the others start, is left as it is: not every version of the operator has it.
 */
export function memberPod(site: Site, selector: Record<string, string>, mebibytes: number): object {
  const sidecar = resourcesOf(SIDECAR_MEBIBYTES);
  const mysqld = resourcesOf(mebibytes - SIDECAR_MEBIBYTES);
  return podSpec(site, selector, {
    initContainers: [
      { name: 'initconf', resources: sidecar },
      { name: 'initmysql', resources: mysqld },
    ],
    containers: [
      { name: 'sidecar', resources: sidecar },
      { name: 'mysql', resources: mysqld },
    ],
  });
}

/** What is merged into the pods of the routers. */
export function routerPod(site: Site, selector: Record<string, string>, mebibytes: number): object {
  return podSpec(site, selector, { containers: [{ name: 'router', resources: resourcesOf(mebibytes) }] });
}

function podSpec({ priorityClassName }: Site, selector: Record<string, string>, containers: k8s.PodSpec): object {
  const spec = k8s.toJson_PodSpec({
    ...defined({ priorityClassName }),
    enableServiceLinks: false,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    topologySpreadConstraints: spread(selector),
    ...containers,
  });
  return spec as object;
}
