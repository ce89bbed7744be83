/** A bucket of an S3-compatible store: the few calls that backups need. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Credentials } from './signature';
import { encode, queryString, sha256, sign } from './signature';

export interface BucketConfig extends Credentials {
  /** `https://host:port`, without the bucket: that is the first part of the path. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly ca?: string;
}

/** Parts of an upload that is not known to end: ten thousand of them are 78 GiB. S3 takes no less than 5 MiB. */
const PART = 8 << 20;
const TIMEOUT_MS = 60_000;

export class Bucket {
  public constructor(private readonly config: BucketConfig) {}

  public async put(key: string, body: Buffer): Promise<void> {
    await this.call('PUT', key, {}, body);
  }

  /** Stores what comes, in parts. Nothing is stored under the key where the source fails. */
  public async putStream(key: string, source: AsyncIterable<Buffer>): Promise<number> {
    const begun = await this.call('POST', key, { uploads: '' });
    const uploadId = /<UploadId>(.+?)<\/UploadId>/.exec(begun.text)?.[1];
    if (!uploadId) throw new Error(`the store began no upload of ${key}`);
    const tags: string[] = [];
    let size = 0;
    try {
      for await (const part of inParts(source)) {
        const query = { partNumber: String(tags.length + 1), uploadId };
        tags.push((await this.call('PUT', key, query, part)).etag);
        size += part.length;
      }
      const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
      const whole = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
      const { text } = await this.call('POST', key, { uploadId }, whole);
      // The store answers 200 before it knows.
      if (text.includes('<Error>')) throw new Error(`the store did not keep ${key}: ${text}`);
      return size;
    } catch (error) {
      await this.call('DELETE', key, { uploadId }).catch(() => undefined);
      throw error;
    }
  }

  public async get(key: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.getStream(key)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  public getStream(key: string): Promise<http.IncomingMessage> {
    return this.request('GET', key, {});
  }

  /** The keys that start with this, in their order. */
  public async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const query = { 'list-type': '2', prefix, ...(token ? { 'continuation-token': token } : {}) };
      const { text } = await this.call('GET', '', query);
      for (const [, key] of text.matchAll(/<Key>(.*?)<\/Key>/g)) keys.push(unescaped(key!));
      token = /<NextContinuationToken>(.*?)<\/NextContinuationToken>/.exec(text)?.[1];
      if (token) token = unescaped(token);
    } while (token);
    return keys.sort();
  }

  public async delete(key: string): Promise<void> {
    await this.call('DELETE', key, {});
  }

  private async call(method: string, key: string, query: Record<string, string>, body: Buffer = Buffer.alloc(0)) {
    const response = await this.request(method, key, query, body);
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { text, etag: String(response.headers['etag'] ?? '') };
  }

  private request(
    method: string,
    key: string,
    query: Record<string, string>,
    body: Buffer = Buffer.alloc(0),
  ): Promise<http.IncomingMessage> {
    const { endpoint, bucket, ca } = this.config;
    const url = new URL(endpoint);
    const path = `/${[bucket, ...key.split('/')].map(encode).join('/')}`;
    const plain = { host: url.host, 'content-length': String(body.length) };
    const headers = sign({ method, path, query, headers: plain, hash: sha256(body) }, this.config, new Date());
    const search = queryString(query);
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? https : http).request(
        {
          host: url.hostname,
          port: url.port,
          method,
          path: search ? `${path}?${search}` : path,
          headers,
          ...(ca && { ca }),
        },
        (response) => {
          const { statusCode = 0 } = response;
          if (statusCode >= 200 && statusCode < 300) return resolve(response);
          let text = '';
          response.on('data', (chunk) => (text += String(chunk)));
          response.on('end', () =>
            reject(new Error(`${method} ${key || bucket}: ${statusCode} ${text.slice(0, 500)}`)),
          );
        },
      );
      request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      request.on('error', (error) =>
        reject(new Error(`${method} ${key || bucket} at ${endpoint}: ${error.message}`, { cause: error })),
      );
      request.end(body);
    });
  }
}

async function* inParts(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let length = 0;
  let any = false;
  for await (const chunk of source) {
    chunks.push(chunk);
    length += chunk.length;
    if (length < PART) continue;
    any = true;
    yield Buffer.concat(chunks);
    chunks = [];
    length = 0;
  }
  if (length > 0 || !any) yield Buffer.concat(chunks);
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
