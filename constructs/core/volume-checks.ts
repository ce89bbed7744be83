import { Construct } from 'constructs';
import { k8s } from './imports';
import { problem } from './problems';
import { isMountPath } from './values';

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
  for (const { name, ...source } of volumes) {
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

const PROPAGATIONS = ['None', 'HostToContainer'];

export function checkMounts(
  construct: Construct,
  property: string,
  mounts: k8s.VolumeMount[],
  volumes: k8s.Volume[],
): void {
  const paths = mounts.map(({ mountPath }) => mountPath);
  for (const { name, mountPath, subPath, mountPropagation } of mounts) {
    if (!volumes.some((each) => each.name === name))
      problem(construct, property, name, "there is no such volume; name one of 'pods.volumes'");
    if (!isMountPath(mountPath))
      problem(construct, property, mountPath, "write a whole path, as '/etc/ssl/site', and none of the system's own");
    if (subPath !== undefined && (subPath.startsWith('/') || subPath.split('/').includes('..')))
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
