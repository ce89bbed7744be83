import { createHash } from 'node:crypto';
import { k8s } from './imports';
import { Construct } from 'constructs';

/** Client-side `kubectl apply` keeps a copy of the object in an annotation, which has this limit. */
const LARGEST = 262_144;

/**
 * A ConfigMap whose name ends in a hash of its content, and which cannot be changed: a changed configuration is a new
 * object, so the pods that mount it are rolled out, and those that still run keep the old one.
 */
export function hashedConfig(
  scope: Construct,
  id: string,
  name: string,
  data: Record<string, string>,
  metadata: k8s.ObjectMeta,
): k8s.KubeConfigMap {
  const size = Buffer.byteLength(JSON.stringify(data));
  if (size >= LARGEST) {
    throw new Error(
      `${scope.node.path}: the files of '${name}' take ${size} bytes; a ConfigMap holds fewer than ${LARGEST}`,
    );
  }
  return new k8s.KubeConfigMap(scope, id, {
    metadata: { ...metadata, name: `${name}-${contentHash(data)}` },
    immutable: true,
    data,
  });
}

/** Ten characters that change with the content and with nothing else. */
export function contentHash(data: Record<string, string>): string {
  const sorted = Object.keys(data)
    .sort()
    .map((key) => [key, data[key]]);
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 10);
}
