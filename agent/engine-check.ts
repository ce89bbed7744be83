import * as http from 'node:http';
import * as net from 'node:net';
import type { CheckedEngineConfig, HttpCheckConfig } from '../contract/engine-config';
import type { Config } from './config';
import type { Engine, Verdict } from './engine';
import { told } from './log';

/** A program that is active by getting traffic, and so needs nothing done to it: a balancer, a web server. */
export class CheckedEngine implements Engine {
  public readonly servesAsStandby = true;
  private readonly target: CheckedEngineConfig;

  public constructor(private readonly config: Config) {
    const { engine } = config;
    if (engine.kind !== 'tcp' && engine.kind !== 'http')
      throw new Error(`engine.kind must be 'tcp' or 'http', got ${JSON.stringify(engine.kind)}`);
    this.target = engine;
  }

  public check(): Promise<Verdict> {
    return this.target.kind === 'http' ? this.get(this.target) : this.connect();
  }

  public async mayLead(): Promise<Verdict> {
    return { well: true, reason: 'any copy will do' };
  }

  public async promote(): Promise<void> {}

  public async demote(): Promise<void> {}

  public async follow(): Promise<void> {}

  private get({ port, path }: HttpCheckConfig): Promise<Verdict> {
    const { timeoutMs } = this.config.check;
    return new Promise((resolve) => {
      const request = http.get({
        host: '127.0.0.1',
        port,
        path,
        headers: { connection: 'close' },
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
