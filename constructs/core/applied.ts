/** The annotation in which `kubectl apply` keeps the object that it applied. */
const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/** The largest total of an object's annotations, in bytes: TotalAnnotationSizeLimitB of Kubernetes. */
export const LARGEST_APPLIED = 262_144;

/**
 * The size of an object in the annotation that `kubectl apply` gives it, in bytes. Go writes JSON, where an end of a line takes two bytes,
 * and each of `<`, `>` and `&` six.
 */
export function appliedBytes(object: { readonly metadata: { readonly annotations?: object } }): number {
  const { metadata, ...rest } = object;
  const json = JSON.stringify({ ...rest, metadata: { annotations: {}, ...metadata } });
  const escaped = json.match(/[<>&\u2028\u2029]/g) ?? [];
  const more = escaped.reduce((sum, character) => sum + 6 - Buffer.byteLength(character), 0);
  const others = Object.entries<string>({ ...metadata.annotations, [ANNOTATION]: '' });
  const beside = others.reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  return beside + Buffer.byteLength(json) + 1 + more;
}
