import { createHash } from 'node:crypto';
import { Reference } from './reference';

/** Of an image for several platforms, the index: its digest is good on every node. */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const TIMEOUT_MS = 30_000;

/** The login of a registry for HTTP's `Basic`; undefined where there is none. */
export type Logins = (host: string) => string | undefined;

/**
 * The digest that a registry has for a tag or digest of an image; undefined where it has none. It pulls nothing: a HEAD request counts for no
 * limit of Docker Hub.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 * @throws where the registry does not answer, or refuses.
 */
export async function digestIn(image: Reference, version: string, logins: Logins): Promise<string | undefined> {
  const url = `${image.base}/v2/${image.repository}/manifests/${version}`;
  const token = new Map<'authorization', string>();
  let answer = await ask('HEAD', url, {});
  if (answer.status === 401) {
    token.set('authorization', await authorization(answer, image, logins));
    answer = await ask('HEAD', url, Object.fromEntries(token));
  }
  if (answer.status === 404) return undefined;
  if (!answer.ok)
    throw new Error(`${image.host} answers ${answer.status} for ${image.repository}:${version}${hint(answer.status)}`);
  const digest = answer.headers.get('docker-content-digest');
  if (digest !== null) return digest;
  const body = await (await ask('GET', url, Object.fromEntries(token))).arrayBuffer();
  return `sha256:${createHash('sha256').update(Buffer.from(body)).digest('hex')}`;
}

function hint(status: number): string {
  return status === 401 || status === 403 ? ": write 'docker login', and see that it exists" : '';
}

async function ask(method: string, url: string, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      headers: { accept: ACCEPT, ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    throw new Error(`${new URL(url).host} does not answer: ${cause?.message ?? message}`, { cause: error });
  }
}

/** A token of the service that the registry names, or the login itself. */
async function authorization({ headers }: Response, { host, repository }: Reference, logins: Logins): Promise<string> {
  const login = logins(host);
  const challenge = headers.get('www-authenticate') ?? '';
  const basic = login === undefined ? undefined : `Basic ${login}`;
  if (!/^bearer /i.test(challenge)) return basic ?? '';
  const of = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = of('realm');
  if (realm === undefined) throw new Error(`${host} wants a token, and does not say from where`);
  const url = new URL(realm);
  const service = of('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', of('scope') ?? `repository:${repository}:pull`);
  const answer = await ask('GET', String(url), basic === undefined ? {} : { authorization: basic });
  if (!answer.ok)
    throw new Error(`${url.host} answers ${answer.status}, and gives no token for ${repository}${hint(answer.status)}`);
  const { token, access_token: other } = (await answer.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? other ?? ''}`;
}
