/** The digest of an image, as registries name it (opencontainers/image-spec, descriptor.md): a part of an expression. */
export const DIGEST = 'sha256:[0-9a-f]{64}';

/** Whether the text is a digest, and nothing else. */
export function isDigest(text: string): boolean {
  return new RegExp(`^${DIGEST}$`).test(text);
}
