import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { isDigest } from '../../contract/digest';
import { CommonProps, ExtraContainer, ImageProps, PodProps, ResourceProps } from './common-props';
import { Cpu, MOST_CPU } from './cpu';
import { k8s } from './imports';
import { checkAnnotations, checkLabels } from './labels';
import { checkImage, isPlainAddress, isPort, problem, wholeMebibytes } from './problems';
import { checkEnvironment } from './program';
import { checkScheduling } from './scheduling-checks';
import { Settings } from './settings';
import { checkMounts, checkVolumes } from './volume-checks';
import { checkCommand, checkObjectName, checkUser, checkValue } from './values';

/** A name in a pod. */
const PART = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const REGISTRY = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?$/;
const PLACE = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;

/**
 * Reports faults of the common properties of a site or of a role.
 *
 * @param settings The same with the site's defaults, to which a role's may refer.
 */
export function checkCommon(construct: Construct, props: CommonProps, settings: Settings): void {
  const { metadata = {}, storageClassName } = props;
  checkLabels(construct, 'metadata.labels', metadata.labels);
  checkLabels(construct, 'metadata.podLabels', metadata.podLabels);
  checkAnnotations(construct, 'metadata.annotations', metadata.annotations);
  checkAnnotations(construct, 'metadata.podAnnotations', metadata.podAnnotations);
  checkAnnotations(construct, 'metadata.serviceAccountAnnotations', metadata.serviceAccountAnnotations);
  // A claim with an empty one gets a volume that was made before it, and by hand.
  if (storageClassName) checkObjectName(construct, 'storageClassName', storageClassName);
  checkScheduling(construct, props.scheduling ?? {});
  if (props.resources) checkResources(construct, props.resources, settings.resources);
  checkImages(construct, props.images ?? {});
  if (props.pods) checkPods(construct, props.pods, settings.pods);
}

function checkResources(construct: Construct, own: ResourceProps, all: ResourceProps): void {
  checkCpu(construct, 'resources.cpuRequest', own.cpuRequest);
  checkCpu(construct, 'resources.cpuLimit', own.cpuLimit);
  checkDisk(construct, 'resources.ephemeralStorageRequest', own.ephemeralStorageRequest);
  checkDisk(construct, 'resources.ephemeralStorageLimit', own.ephemeralStorageLimit);
  const { ephemeralStorageRequest: request, ephemeralStorageLimit: limit } = all;
  if (request && limit && request.toKibibytes({ rounding: 1 }) > limit.toKibibytes({ rounding: 1 }))
    problem(construct, 'resources.ephemeralStorageRequest', request, 'it is more than the limit; write less');
}

export function checkCpu(construct: Construct, property: string, cpu: Cpu | undefined): void {
  if (cpu && !cpu._isWhole())
    problem(
      construct,
      property,
      cpu,
      `write thousandths of a core, from 1 to ${MOST_CPU * 1000}, as in Cpu.millis(500)`,
    );
}

function checkDisk(construct: Construct, property: string, size: Size | undefined): void {
  if (size) wholeMebibytes(construct, property, size);
}

function checkImages(construct: Construct, { pullSecrets = [], registryMirrors = {}, digests = {} }: ImageProps): void {
  for (const name of pullSecrets) checkObjectName(construct, 'images.pullSecrets', name);
  for (const [registry, place] of Object.entries(registryMirrors)) {
    if (!REGISTRY.test(registry))
      problem(construct, 'images.registryMirrors', registry, "write a registry's host, such as 'docker.io'");
    if (!PLACE.test(place) || !isPort(place)) {
      const instead = "write a host, and a path where there is one, such as 'registry.example.org/hub'";
      problem(construct, `images.registryMirrors.${registry}`, place, instead);
    }
  }
  for (const [image, digest] of Object.entries(digests)) {
    if (!image.includes('@')) checkImage(construct, 'images.digests', image);
    else problem(construct, 'images.digests', image, 'write the name and tag alone, and the digest beside it');
    if (!isDigest(digest))
      problem(construct, `images.digests.${image}`, digest, "write a digest, 'sha256:' and 64 characters of 0-9a-f");
  }
}

function checkPods(construct: Construct, own: PodProps, all: PodProps): void {
  const { volumes = [], mounts = [], sidecars = [], initContainers = [] } = all;
  const names = (parts: { readonly name: string }[]) => parts.map(({ name }) => name);
  checkParts(construct, 'pods.volumes', names(volumes));
  checkVolumes(construct, 'pods.volumes', own.volumes ?? []);
  checkParts(construct, 'pods.sidecars', names(sidecars));
  checkParts(construct, 'pods.initContainers', names(initContainers));
  for (const name of names(initContainers).filter((each) => names(sidecars).includes(each)))
    problem(construct, 'pods.initContainers', name, 'a sidecar has that name; write another');
  checkMounts(construct, 'pods.mounts', mounts, volumes);
  for (const each of sidecars) checkExtra(construct, 'pods.sidecars', each, volumes);
  for (const each of initContainers) checkExtra(construct, 'pods.initContainers', each, volumes);
  for (const { ip, hostnames = [] } of own.hostAliases ?? []) {
    if (!isPlainAddress(ip)) problem(construct, 'pods.hostAliases', ip, "write an address, such as '192.0.2.10'");
    if (hostnames.length === 0)
      problem(construct, 'pods.hostAliases', ip, "give it names, as hostnames: ['db.example.org']");
    for (const name of hostnames) checkObjectName(construct, 'pods.hostAliases', name);
  }
  const addresses = (own.hostAliases ?? []).map(({ ip }) => ip);
  const twice = addresses.find((ip, index) => addresses.indexOf(ip) !== index);
  if (twice !== undefined)
    problem(construct, 'pods.hostAliases', twice, 'it is there twice; write all of its hostnames in one');
}

function checkParts(construct: Construct, property: string, names: string[]): void {
  names.forEach((name, index) => {
    if (!PART.test(name)) problem(construct, property, name, 'write up to 63 lower-case letters, digits and hyphens');
    if (names.indexOf(name) !== index) problem(construct, property, name, 'two have that name; give each its own');
  });
}

function checkExtra(construct: Construct, list: string, extra: ExtraContainer, volumes: k8s.Volume[]): void {
  const at = `${list}.${extra.name}`;
  checkImage(construct, `${at}.image`, extra.image);
  wholeMebibytes(construct, `${at}.ram`, extra.ram);
  checkMounts(construct, `${at}.mounts`, extra.mounts ?? [], volumes);
  if (extra.command) checkCommand(construct, `${at}.command`, extra.command);
  for (const word of extra.args ?? []) checkValue(construct, `${at}.args`, word);
  checkEnvironment(construct, `${at}.environment`, extra.environment ?? {});
  if (extra.user !== undefined) checkUser(construct, `${at}.user`, extra.user);
}
