import { Construct } from 'constructs';
import { k8s } from './imports';
import { problem } from './problems';
import { checkObjectName, isMountPath } from './values';

/** Kinds of volumes that Pod Security `restricted` takes (kubernetes.io/docs/concepts/security/pod-security-standards). */
export const RESTRICTED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** Records volumes that Kubernetes would refuse. */
export function checkVolumes(construct: Construct, property: string, volumes: k8s.Volume[]): void {
  for (const volume of volumes) {
    const { name, ...source } = volume;
    checkContent(construct, `${property}.${name}`, volume);
    const kinds = Object.entries(source).flatMap(([kind, value]) => (value === undefined ? [] : [kind]));
    const [kind = ''] = kinds;
    if (kinds.length !== 1)
      problem(construct, `${property}.${name}`, kinds, 'a volume is of one kind; write one, as emptyDir: {}');
    else if (!RESTRICTED_VOLUMES.includes(kind === 'downwardApi' ? 'downwardAPI' : kind))
      problem(
        construct,
        `${property}.${name}`,
        kind,
        `Pod Security 'restricted' refuses it; write one of ${RESTRICTED_VOLUMES.join(', ')}`,
      );
  }
}

const MEDIA = ['', 'Memory'];
/** Permissions of a file, by which Kubernetes knows no other bits. */
const MOST_MODE = 0o777;

function checkContent(construct: Construct, at: string, volume: k8s.Volume): void {
  const { secret, configMap, persistentVolumeClaim: claim, emptyDir, projected } = volume;
  for (const name of [secret && secret.secretName, configMap && configMap.name, claim && claim.claimName])
    if (name !== undefined) checkObjectName(construct, at, name);
  if ((secret && secret.secretName === undefined) || (configMap && configMap.name === undefined))
    problem(construct, at, undefined, "write the object's name: secretName of a secret, name of a configMap");
  if (projected && !projected.sources?.length)
    problem(construct, at, projected.sources, 'name one or more sources of what is projected');
  if (emptyDir?.medium !== undefined && !MEDIA.includes(emptyDir.medium))
    problem(construct, at, emptyDir.medium, "write the medium 'Memory', or leave it out");
  for (const { items = [], defaultMode: mode } of [secret ?? {}, configMap ?? {}]) {
    if (mode !== undefined && (mode < 0 || mode > MOST_MODE))
      problem(construct, at, mode, 'write permissions from 0 to 0o777, as defaultMode: 0o440');
    for (const { path } of items)
      if (!isPathWithin(path)) problem(construct, at, path, "write a path in the volume, as 'certificates'");
  }
}

function isPathWithin(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split('/').includes('..');
}

const PROPAGATIONS = ['None', 'HostToContainer'];

export function checkMounts(
  construct: Construct,
  property: string,
  mounts: k8s.VolumeMount[],
  volumes: k8s.Volume[],
): void {
  const paths = mounts.map(({ mountPath }) => mountPath);
  for (const { name, mountPath, subPath, subPathExpr, mountPropagation } of mounts) {
    if (!volumes.some((each) => each.name === name))
      problem(construct, property, name, "there is no such volume; name one of 'pods.volumes'");
    if (!isMountPath(mountPath))
      problem(construct, property, mountPath, "write a whole path, as '/etc/ssl/site', and none of the system's own");
    if (subPath !== undefined && subPathExpr !== undefined)
      problem(construct, `${property}.subPathExpr`, subPathExpr, 'it has subPath, too; leave one of them out');
    if (subPath !== undefined && !isPathWithin(subPath))
      problem(construct, `${property}.subPath`, subPath, "write a path in the volume, as 'certificates'");
    if (mountPropagation !== undefined && !PROPAGATIONS.includes(mountPropagation))
      problem(
        construct,
        `${property}.mountPropagation`,
        mountPropagation,
        `name a propagation that pods may have, ${PROPAGATIONS.join(' or ')}`,
      );
  }
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) problem(construct, property, twice, 'two volumes are mounted there; write another path');
}
