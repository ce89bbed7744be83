/** An image by the parts of its name. */
export interface Reference {
  /** Where its registry answers: `https://registry-1.docker.io`. */
  readonly base: string;
  /** The registry's name in a file of logins: `docker.io`. */
  readonly host: string;
  /** `library/nginx` */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Reads an image's name as containerd does: `nginx:1.30` is `docker.io/library/nginx:1.30`. */
export function referenceOf(image: string): Reference {
  const [name = '', digest] = image.split('@', 2);
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  const hasHost = /[.:]/.test(first) || first === 'localhost';
  const host = hasHost ? first : 'docker.io';
  const path = hasHost ? name.slice(slash + 1) : name;
  const colon = path.indexOf(':');
  const repository = colon < 0 ? path : path.slice(0, colon);
  return {
    base: baseOf(host),
    host,
    repository: host === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository,
    tag: colon < 0 ? undefined : path.slice(colon + 1),
    digest,
  };
}

/** A registry on this machine has no TLS, as docker and containerd see it. */
function baseOf(host: string): string {
  if (host === 'docker.io') return 'https://registry-1.docker.io';
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
  return `${isLocal ? 'http' : 'https'}://${host}`;
}
