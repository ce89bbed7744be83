import { createHash } from 'node:crypto';
import { IncomingMessage, Server, ServerResponse, createServer } from 'node:http';
import { AddressInfo } from 'node:net';

/** A registry of images, as far as digests need it: the API v2 with tokens. */
export class RegistryServer {
  /** Manifests by repository and tag: `team/forum:1`. */
  public readonly manifests = new Map<string, string>();
  public readonly asked: string[] = [];
  /** Whether answers say the digest. */
  public saysDigest = true;
  /** Answers this status to everything, where it is set. */
  public broken: number | undefined;
  /** Answers with this text in place of a token, where it is set. */
  public tokenPage: string | undefined;
  /** Seconds after which it wants to be asked again, where it is broken. */
  public retryAfter: number | undefined;
  /** The login that it wants before it gives a token: `user:password`. */
  public login: string | undefined;
  /** Another registry that it sends everyone to. */
  public sendsTo: RegistryServer | undefined;
  /** The content type of its manifests. */
  public type = 'application/vnd.oci.image.index.v1+json';
  /** The text that stands in place of a digest. */
  public digest: string | undefined;
  /** Whether it answers GET with 429, as Docker Hub does after some pulls. */
  public limitsPulls = false;
  /** The logins that it was given. */
  public readonly logins: string[] = [];
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  public async start(): Promise<string> {
    await new Promise<void>((resolve) => void this.server.listen(0, '127.0.0.1', resolve));
    return this.host;
  }

  public stop(): void {
    this.server.close();
  }

  public get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public digestOf(name: string): string {
    return `sha256:${createHash('sha256')
      .update(this.manifests.get(name) ?? '')
      .digest('hex')}`;
  }

  private answer({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(`${method} ${url}`);
    const { pathname, searchParams } = new URL(url, `http://${this.host}`);
    if (headers.authorization?.startsWith('Basic ')) this.logins.push(headers.authorization);
    const later = this.retryAfter === undefined ? {} : { 'retry-after': String(this.retryAfter) };
    if (this.broken !== undefined) return void response.writeHead(this.broken, later).end();
    if (this.sendsTo) return void response.writeHead(307, { location: `http://${this.sendsTo.host}${url}` }).end();
    if (pathname === '/token') {
      const basic = this.login && `Basic ${Buffer.from(this.login).toString('base64')}`;
      if (basic && headers.authorization !== basic) return void response.writeHead(401).end();
      if (this.tokenPage !== undefined) return void response.end(this.tokenPage);
      return void response.end(JSON.stringify({ token: `for ${searchParams.get('scope')}` }));
    }
    const [, repository = '', version = ''] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(pathname) ?? [];
    if (headers.authorization !== `Bearer for repository:${repository}:pull`) {
      const challenge = `Bearer realm="http://${this.host}/token",service="registry",scope="repository:${repository}:pull"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    const names = [...this.manifests.keys()].filter((each) => each.startsWith(`${repository}:`));
    const name = names.find((each) => each === `${repository}:${version}` || this.digestOf(each) === version);
    if (name === undefined || !headers.accept?.includes('application/vnd.oci.image.index.v1+json'))
      return void response.writeHead(404).end();
    if (method === 'GET' && this.limitsPulls) return void response.writeHead(429).end('too many');
    const digest = this.saysDigest ? { 'docker-content-digest': this.digest ?? this.digestOf(name) } : {};
    response
      .writeHead(200, { 'content-type': this.type, ...digest })
      .end(method === 'HEAD' ? undefined : this.manifests.get(name));
  }
}
