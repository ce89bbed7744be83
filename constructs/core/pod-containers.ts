import { ExtraContainer } from './common-props';
import { ContainerSpec, container, sidecar } from './container';
import { k8s } from './imports';
import type { Pod } from './pod';
import { checkDisk, memoryOf, resourcesIn } from './pod-resources';
import { problem } from './problems';
import type { Role } from './role';
import { mebibytesOf } from './settings';

/** The containers of a pod and of the role's common properties, with these properties applied to each. */
export function containersOf(role: Role, pod: Pod): { init: k8s.Container[]; containers: k8s.Container[] } {
  const { sidecars, initContainers } = ownContainers(role);
  const staying = [...(pod.sidecars ?? []), ...sidecars];
  const others = staying.length + pod.containers.length - 1 + (pod.added ?? []).length;
  checkNames(role, pod);
  checkDisk(role, others + 1);
  checkInit(role, pod, staying);
  return {
    init: [
      ...staying.map((each) => finished(role, each)),
      ...[...initContainers, ...(pod.init ?? [])].map((each) => finished(role, each, staying.length)),
    ],
    containers: pod.containers.map((each, index) =>
      finished(role, withMounts(role, each), index === 0 ? others : undefined, index === 0 ? pod.cpuMillis : undefined),
    ),
  };
}

/** Containers that the role's common properties add. */
export function ownContainers(role: Role): { sidecars: k8s.Container[]; initContainers: k8s.Container[] } {
  const { sidecars = [], initContainers = [] } = role._settings.pods;
  return {
    sidecars: sidecars.map((each) => sidecar(specOf(each))),
    initContainers: initContainers.map((each) => container(specOf(each))),
  };
}

/**
 * A container with the role's common properties applied.
 *
 * @param others How many others share the pod's disk, where this one has the rest of it; undefined where it has room for its log.
 * @param millis CPU that it asks for in any case.
 */
export function finished(role: Role, given: k8s.Container, others?: number, millis?: number): k8s.Container {
  const { securityContext: security, image = '' } = given;
  const platform = role._settings.pods.platformUserIds === true && security?.runAsUser !== 0;
  return {
    ...given,
    image: role._settings.image(image),
    resources: resourcesIn(role, given, others, millis),
    ...(platform && security ? { securityContext: withoutUser(security) } : {}),
  };
}

function withoutUser({ runAsUser: _user, runAsGroup: _group, ...security }: k8s.SecurityContext): k8s.SecurityContext {
  return security;
}

function specOf({ ram, environment = {}, ...extra }: ExtraContainer): ContainerSpec {
  const env = Object.entries(environment).map(([name, value]) => ({ name, value }));
  return { ...extra, mebibytes: mebibytesOf(ram), ...(env.length > 0 ? { env } : {}) };
}

function withMounts(role: Role, given: k8s.Container): k8s.Container {
  const { mounts = [] } = role._settings.pods;
  if (mounts.length === 0) return given;
  const taken = new Set(given.volumeMounts?.map(({ mountPath }) => mountPath));
  for (const { mountPath } of mounts.filter((each) => taken.has(each.mountPath)))
    problem(role, 'pods.mounts', mountPath, `the container '${given.name}' has a volume there; write another path`);
  return { ...given, volumeMounts: [...(given.volumeMounts ?? []), ...mounts] };
}

/** Names that the library's own parts of a pod have. */
function checkNames(role: Role, pod: Pod): void {
  const { volumes = [], sidecars = [], initContainers = [] } = role._settings.pods;
  const ownVolumes = [...(pod.volumes ?? []), ...(pod.claims ?? [])];
  const ownContainers = [...pod.containers, ...(pod.sidecars ?? []), ...(pod.init ?? [])];
  checkFree(role, 'pods.volumes', volumes, ownVolumes);
  checkFree(role, 'pods.sidecars', sidecars, ownContainers);
  checkFree(role, 'pods.initContainers', initContainers, ownContainers);
}

/** An init container runs beside the sidecars, so it has what these leave of the pod's RAM. */
function checkInit(role: Role, { most, added = [] }: Pod, staying: k8s.Container[]): void {
  if (most === undefined) return;
  const left = [...staying.map(memoryOf), ...added].reduce((rest, each) => rest - each, most);
  for (const { name, ram } of role._settings.pods.initContainers ?? []) {
    if (mebibytesOf(ram) <= left) continue;
    problem(
      role,
      `pods.initContainers.${name}.ram`,
      ram,
      `a pod has ${Math.max(0, left)} MiB beside its sidecars; write that or less`,
    );
  }
}

interface Named {
  readonly name: string;
}

function checkFree(role: Role, property: string, more: Named[], own: Named[]): void {
  for (const { name } of more.filter((each) => own.some((other) => other.name === each.name)))
    problem(role, property, name, 'the library has one of that name in this pod; write another');
}
