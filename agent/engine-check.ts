import * as http from 'node:http';
import * as net from 'node:net';
import type { Config } from './config';
import type { Engine, Verdict } from './engine';
import { told } from './log';

/** How a program in the same pod shows that it works. */
export interface CheckConfig {
  readonly kind: 'http' | 'tcp';
  readonly port: number;
  /** For `http`: any status from 200 to 399 is good. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A program that is active by getting traffic, and so needs nothing done to it: a balancer, a web server. */
export class CheckedEngine implements Engine {
  public readonly servesAsStandby = true;
  private readonly target: CheckConfig;

  public constructor(private readonly config: Config) {
    const { kind, port } = config.engine;
    if (kind !== 'http' && kind !== 'tcp')
      throw new Error(`engine.kind must be http or tcp, got ${JSON.stringify(kind)}`);
    if (!Number.isInteger(port)) throw new Error(`engine.port must be a port number, got ${JSON.stringify(port)}`);
    this.target = config.engine as unknown as CheckConfig;
  }

  public check(): Promise<Verdict> {
    return this.target.kind === 'http' ? this.get() : this.connect();
  }

  public async mayLead(): Promise<Verdict> {
    return { well: true, reason: 'any copy will do' };
  }

  public async promote(): Promise<void> {}

  public async demote(): Promise<void> {}

  public async follow(): Promise<void> {}

  private get(): Promise<Verdict> {
    const { port, path = '/', headers = {} } = this.target;
    const { timeoutMs } = this.config.check;
    return new Promise((resolve) => {
      const request = http.get({
        host: '127.0.0.1',
        port,
        path,
        headers: { connection: 'close', ...headers },
        agent: false,
      });
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      request.on('close', () => clearTimeout(timer));
      request.on('error', (error) => resolve({ well: false, reason: told(error) }));
      request.on('response', (response) => {
        const status = response.statusCode ?? 0;
        response.on('error', () => undefined).resume();
        resolve({ well: status >= 200 && status < 400, reason: `status ${status}` });
      });
    });
  }

  private connect(): Promise<Verdict> {
    const { timeoutMs } = this.config.check;
    return new Promise((resolve) => {
      const socket = net.connect(this.target.port, '127.0.0.1');
      const settle = (well: boolean, reason: string) => {
        resolve({ well, reason });
        socket.destroy();
      };
      socket.setTimeout(timeoutMs, () => settle(false, `no answer within ${timeoutMs} ms`));
      socket.on('connect', () => settle(true, 'connected')).on('error', (error) => settle(false, told(error)));
    });
  }
}
