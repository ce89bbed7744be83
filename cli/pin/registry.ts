import { isDigest } from '../../contract/digest';
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
  let token = {};
  let answer = await ask('HEAD', url, {});
  if (answer.status === 401) {
    token = { authorization: await authorization(answer, image, logins) };
    answer = await ask('HEAD', url, token);
  }
  if (answer.status === 404) return undefined;
  const what = `${image.host} answers`;
  const of = `for ${image.repository}:${version}`;
  if (!answer.ok) throw new Error(`${what} ${answer.status} ${of}${hint(answer)}`);
  const digest = answer.headers.get('docker-content-digest');
  if (digest !== null) {
    if (!isDigest(digest)) throw new Error(`${what} '${digest}' ${of}, which is no digest of SHA-256`);
    return digest;
  }
  answer = await ask('GET', url, token);
  if (!answer.ok) throw new Error(`${what} ${answer.status} ${of}${hint(answer)}`);
  // A proxy that wants a login answers with a page of its own, whose digest is no image's.
  const type = answer.headers.get('content-type')?.split(';')[0] ?? 'no type';
  if (!ACCEPT.split(', ').includes(type)) throw new Error(`${what} with ${type} ${of}, which is no manifest`);
  return `sha256:${createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex')}`;
}

/** What may help. */
function hint({ status, headers }: Response): string {
  if (status === 401 || status === 403) return ": write 'docker login', and see that it exists";
  if (status !== 429) return status >= 500 ? ': try again later' : '';
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const when = Number.isFinite(seconds) ? `in ${seconds} s` : 'later';
  return `, as it limits requests: try again ${when}, or write 'docker login' for a higher limit`;
}

/** The token of an answer in JSON, under either of its names. */
function tokenIn(body: string): string | undefined {
  try {
    const { token, access_token: other } = JSON.parse(body) as { token?: string; access_token?: string };
    return token ?? other;
  } catch {
    return undefined;
  }
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
async function authorization(
  { headers, url: asker }: Response,
  { base, host, repository }: Reference,
  logins: Logins,
): Promise<string> {
  // The login is the registry's own, and not that of where it may have sent us.
  const login = new URL(asker).origin === new URL(base).origin ? logins(host) : undefined;
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
    throw new Error(`${url.host} answers ${answer.status}, and gives no token for ${repository}${hint(answer)}`);
  const token = tokenIn(await answer.text());
  if (token === undefined)
    throw new Error(`${url.host} answers without a token for ${repository}: a proxy may stand in front of it`);
  return `Bearer ${token}`;
}
