import { ChildProcess, execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { IncomingMessage, Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { freePorts, serve } from './servers';
import { endProgram, startProgram } from './started';

/** The only user of a registry that wants a login, and their password's hash, as `htpasswd -B` makes it. */
export const LOGIN = Buffer.from('fu:secret').toString('base64');
const HTPASSWD = 'fu:$2y$05$csedvQ3z.BQWjos5rZah0.jVmlHwyoNENsuQHLn/Nqx01M/4Cjs0i\n';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** How a registry knows its users. */
export type Auth = 'none' | 'basic' | 'token';

/** Debian's docker-registry, on a port of this machine. */
export class DockerRegistry {
  private process: ChildProcess | undefined;
  private tokens: TokenServer | undefined;
  private port = 0;

  public async start(auth: Auth = 'none'): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'registry-'));
    [this.port = 0] = await freePorts(1);
    const config = {
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${this.port}` },
      ...(auth === 'none' ? {} : { auth: await this.authOf(auth, folder) }),
    };
    writeFileSync(join(folder, 'config.yml'), stringify(config));
    this.process = startProgram('docker-registry', ['serve', join(folder, 'config.yml')]);
    for (let tries = 0; ; tries++) {
      const answer = await fetch(`http://${this.host}/v2/`).catch(() => undefined);
      if (answer && [200, 401].includes(answer.status)) return;
      if (tries === 200 || this.process.exitCode !== null) throw new Error('docker-registry does not answer');
      await sleep(100);
    }
  }

  public async stop(): Promise<void> {
    this.tokens?.server.close();
    if (this.process) await endProgram(this.process);
  }

  public get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Pushes an image for one platform. @returns its digest */
  public async push(name: string, tag: string, text: string, type = MANIFEST): Promise<string> {
    const [config, layer] = [
      await this.upload(name, JSON.stringify({ architecture: 'amd64', os: 'linux', text })),
      await this.upload(name, `layer of ${text}`),
    ];
    const isDocker = type === DOCKER_MANIFEST;
    return this.put(name, tag, type, {
      config: {
        ...config,
        mediaType: `application/vnd.${isDocker ? 'docker.container' : 'oci'}.image${isDocker ? '' : '.config'}.v1+json`,
      },
      layers: [
        {
          ...layer,
          mediaType: isDocker
            ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
            : 'application/vnd.oci.image.layer.v1.tar+gzip',
        },
      ],
    });
  }

  /** Pushes an image for two platforms, as an OCI index or as Docker's list. @returns the digest of the whole */
  public async pushForTwo(name: string, tag: string, as: 'oci' | 'docker' = 'oci'): Promise<string> {
    const type = as === 'oci' ? MANIFEST : DOCKER_MANIFEST;
    const manifests = [];
    for (const architecture of ['amd64', 'arm64']) {
      const digest = await this.push(name, `${tag}-${architecture}`, architecture, type);
      const answer = await this.ask('GET', `${name}/manifests/${digest}`, { headers: { accept: type } });
      const size = (await answer.arrayBuffer()).byteLength;
      manifests.push({ mediaType: type, digest, size, platform: { architecture, os: 'linux' } });
    }
    return this.put(name, tag, as === 'oci' ? INDEX : DOCKER_LIST, { manifests });
  }

  /** Deletes a manifest, as a registry's clean-up does. */
  public async remove(name: string, digest: string): Promise<void> {
    await this.ask('DELETE', `${name}/manifests/${digest}`);
  }

  private async upload(name: string, text: string): Promise<{ digest: string; size: number }> {
    const digest = digestOf(text);
    const begun = await this.ask('POST', `${name}/blobs/uploads/`);
    const location = new URL(begun.headers.get('location') ?? '', `http://${this.host}`);
    location.searchParams.set('digest', digest);
    await this.send('PUT', location, { body: text, headers: { 'content-type': 'application/octet-stream' } });
    return { digest, size: Buffer.byteLength(text) };
  }

  private async put(name: string, tag: string, mediaType: string, content: object): Promise<string> {
    const body = JSON.stringify({ schemaVersion: 2, mediaType, ...content });
    await this.ask('PUT', `${name}/manifests/${tag}`, { body, headers: { 'content-type': mediaType } });
    return digestOf(body);
  }

  private async ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(method, new URL(`http://${this.host}/v2/${path}`), init);
  }

  /** With the rights to all, whichever these are. */
  private async send(method: string, url: URL, { headers, ...init }: RequestInit): Promise<Response> {
    const [, name = ''] = /^\/v2\/(.+?)\/(?:manifests|blobs)\//.exec(url.pathname) ?? [];
    const authorization = this.tokens
      ? `Bearer ${this.tokens.tokenFor(name, ['pull', 'push', 'delete'])}`
      : `Basic ${LOGIN}`;
    const answer = await fetch(url, { ...init, method, headers: { ...(headers as object), authorization } });
    if (!answer.ok) throw new Error(`${method} ${url.pathname}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  private async authOf(auth: Exclude<Auth, 'none'>, folder: string): Promise<object> {
    if (auth === 'basic') {
      writeFileSync(join(folder, 'htpasswd'), HTPASSWD);
      return { htpasswd: { realm: 'registry', path: join(folder, 'htpasswd') } };
    }
    this.tokens = await TokenServer.start(folder);
    const { address, certificate } = this.tokens;
    return { token: { realm: address, service: SERVICE, issuer: ISSUER, rootcertbundle: certificate } };
  }
}

const [SERVICE, ISSUER] = ['registry of the test', 'test'];

/** Gives tokens for a registry to who is logged in, as Docker Hub and GitHub do. */
class TokenServer {
  public static async start(folder: string): Promise<TokenServer> {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-subj', '/CN=tokens'];
    execFileSync('openssl', ['req', '-x509', ...made], { stdio: 'ignore' });
    let tokens: TokenServer | undefined;
    const { server, port } = await serve((request, response) => {
      const { status, body } = tokens!.answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    tokens = new TokenServer(server, `http://127.0.0.1:${port}/token`, key, certificate);
    return tokens;
  }

  private constructor(
    public readonly server: Server,
    public readonly address: string,
    private readonly key: string,
    public readonly certificate: string,
  ) {}

  private answer({ url = '', headers }: IncomingMessage): { status: number; body: object } {
    const asked = new URL(url, this.address).searchParams;
    const [, name = '', actions = ''] = /^repository:(.+):(.+)$/.exec(asked.get('scope') ?? '') ?? [];
    if (headers.authorization !== `Basic ${LOGIN}` || asked.get('service') !== SERVICE)
      return { status: 401, body: { details: 'incorrect username or password' } };
    return { status: 200, body: { token: this.tokenFor(name, actions.split(',')) } };
  }

  /** A JSON Web Token whose header carries the certificate. */
  public tokenFor(name: string, actions: string[]): string {
    const now = Math.floor(Date.now() / 1000);
    const [, der = ''] = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(readFileSync(this.certificate, 'utf8')) ?? [];
    const head = { typ: 'JWT', alg: 'RS256', x5c: [der.replaceAll(/\s/g, '')] };
    const claims = {
      iss: ISSUER,
      aud: SERVICE,
      sub: 'fu',
      jti: `${name} ${actions.join(' ')}`,
      iat: now,
      nbf: now - 60,
      exp: now + 300,
      access: [{ type: 'repository', name, actions }],
    };
    const text = [head, claims].map((each) => Buffer.from(JSON.stringify(each)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(text), createPrivateKey(readFileSync(this.key)));
    return `${text}.${signature.toString('base64url')}`;
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
