import { readFileSync } from 'node:fs';
import * as https from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Clock } from './clock';
import { jittered, sleep } from './clock';

export interface KubeOptions {
  readonly host: string;
  readonly port: number;
  /** Folder with `token` and `ca.crt`; both are read again as they rotate. */
  readonly credentials: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** The API server answered, but not with success. */
export class KubeError extends Error {
  public constructor(
    public readonly status: number,
    message: string,
    public readonly retryAfterMs: number | undefined,
  ) {
    super(message);
  }
}

export type Json = { readonly [key: string]: unknown };

/** Content types of a patch. */
export const MERGE = 'application/merge-patch+json';
export const STRATEGIC_MERGE = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const JSON_PATCH = 'application/json-patch+json';

/** For a `catch`: undefined where the object is not there. Any other error goes on. */
export function unlessMissing(error: unknown): undefined {
  if ((error as { status?: number }).status === 404) return undefined;
  throw error;
}

const REREAD_MS = 10_000;
const RETRIES = 6;
const LONGEST_WAIT_MS = 2_000;

/** The few calls of the Kubernetes API that the agent makes, over Node's own HTTPS client. */
export class Kube {
  private readonly agent = new https.Agent({ keepAlive: true, maxSockets: 4, maxFreeSockets: 1 });
  private token = '';
  private ca = '';
  private readAt = Number.NEGATIVE_INFINITY;

  public constructor(private readonly options: KubeOptions) {}

  /** One call, tried once more where only the token was too old. Fails with `KubeError`, or the connection's error. */
  public async call(method: string, path: string, body?: Json, contentType = 'application/json'): Promise<Json> {
    try {
      return await this.once(method, path, body, contentType);
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 401) throw error;
      this.readAt = Number.NEGATIVE_INFINITY;
      return this.once(method, path, body, contentType);
    }
  }

  /**
   * Repeats what failed for a reason that passes (409, 429, 5xx, a cut connection), with growing, jittered, bounded
   * waits, while `wanted` says so. `work` reads anew what it changes, so that a conflict is resolved by repeating.
   */
  public async persist<T>(work: () => Promise<T>, wanted: () => boolean): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (tries > RETRIES || !passes(error)) throw error;
        const asked = error instanceof KubeError ? error.retryAfterMs : undefined;
        const wait = error instanceof KubeError && error.status === 409 ? 5 : 25 * 2 ** tries;
        await sleep(this.options.clock, Math.min(LONGEST_WAIT_MS, asked ?? jittered(wait)));
        if (!wanted()) throw error;
      }
    }
  }

  /** Reads a stream of events until it ends for whatever reason, which is told once. Returns what closes it. */
  public watch(path: string, heard: (type: string, object: Json) => void, ended: () => void): () => void {
    let over = false;
    const end = () => {
      if (!over) ended();
      over = true;
    };
    const request = this.open('GET', path, undefined, { agent: false });
    request.on('error', end).on('close', end);
    request.on('response', (response) => {
      request.setTimeout(0);
      if (response.statusCode !== 200) return void request.destroy();
      let rest = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (over) return;
          const { type, object } = parsed(line);
          if (typeof type !== 'string' || type === 'ERROR') return void request.destroy();
          heard(type, object as Json);
        }
      });
      response.on('error', end).on('end', end);
    });
    request.end();
    return () => {
      over = true;
      request.destroy();
    };
  }

  private once(method: string, path: string, body: Json | undefined, contentType: string): Promise<Json> {
    const { timeoutMs, clock } = this.options;
    return new Promise((resolve, reject) => {
      const payload = body && JSON.stringify(body);
      const headers =
        payload === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) };
      const request = this.open(method, path, headers, { agent: this.agent });
      // The whole call has one deadline; ending it also ends its connection, so the next call does not wait on the same.
      const cancel = clock.after(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      request.on('close', cancel).on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject).on('aborted', () => reject(new Error('the connection was cut')));
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          const answer = parsed(text);
          if (status >= 200 && status < 300) resolve(answer);
          else reject(failure(status, text, response));
        });
      });
      request.end(payload);
    });
  }

  private open(method: string, path: string, headers: object | undefined, more: https.RequestOptions) {
    const { host, port, timeoutMs, clock } = this.options;
    if (clock.now() - this.readAt > REREAD_MS) this.readCredentials();
    const authorization = `Bearer ${this.token}`;
    return https.request({
      host,
      port,
      method,
      path,
      ca: this.ca,
      timeout: timeoutMs,
      headers: { authorization, accept: 'application/json', ...headers },
      ...more,
    });
  }

  private readCredentials(): void {
    try {
      this.token = readFileSync(`${this.options.credentials}/token`, 'utf8').trim();
      this.ca = readFileSync(`${this.options.credentials}/ca.crt`, 'utf8');
      this.readAt = this.options.clock.now();
    } catch {
      // A file that is being replaced is there the next time; without any, the API server answers 401, which is told.
    }
  }
}

function passes(error: unknown): boolean {
  return !(error instanceof KubeError) || error.status === 409 || error.status === 429 || error.status >= 500;
}

function failure(status: number, text: string, response: IncomingMessage): KubeError {
  const message = parsed(text)['message'];
  return new KubeError(
    status,
    `${status} ${typeof message === 'string' ? message : text.slice(0, 200)}`,
    retryAfter(response),
  );
}

function retryAfter(response: IncomingMessage): number | undefined {
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
