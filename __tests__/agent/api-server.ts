import { mkdtempSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { monotonicClock } from '../../agent/clock';
import { Kube } from '../../agent/kube';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly contentType: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** What the server does with one call: a status and a body, or anything else with the response itself. */
export type Reply =
  | { readonly status: number; readonly body?: object; readonly headers?: Record<string, string> }
  | ((response: ServerResponse) => void);

export const CUT: Reply = (response) => response.destroy();
export const SILENT: Reply = () => undefined;

/** An API server that answers by a script, over TLS, on this machine. */
export class ScriptedApiServer {
  public readonly calls: Call[] = [];
  public script: (call: Call) => Reply = () => ({ status: 404 });
  public readonly credentials = mkdtempSync(join(tmpdir(), 'credentials-'));
  private server: https.Server | undefined;

  public async start(): Promise<Kube> {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    writeFileSync(join(this.credentials, 'ca.crt'), pems.cert);
    this.setToken('first');
    this.server = https.createServer(
      { key: pems.private, cert: pems.cert },
      (request, response) => void this.serve(request, response),
    );
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return new Kube({ host: '127.0.0.1', port, credentials: this.credentials, timeoutMs: 1000, clock: monotonicClock });
  }

  public setToken(token: string): void {
    writeFileSync(join(this.credentials, 'token'), token);
  }

  public stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const call = {
      method: request.method ?? '',
      path: request.url ?? '',
      token: request.headers.authorization?.replace('Bearer ', '') ?? '',
      contentType: request.headers['content-type'] ?? '',
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.calls.push(call);
    const reply = this.script(call);
    if (typeof reply === 'function') return reply(response);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.body ?? {}));
  }
}

/** Replies one after the other; the last one stays. */
export function inOrder(...replies: Reply[]): () => Reply {
  let next = 0;
  return () => replies[Math.min(next++, replies.length - 1)]!;
}
