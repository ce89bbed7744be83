import { get, kubectl, removeNamespaces } from './kubernetes';
import { SERVER } from './mailbox';

/** Writes down what is posted to it, a line each: the path, and the body. */
const HOOK = `
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    console.log('POST ' + request.url + ' ' + body);
    response.end('ok');
  });
}).listen(8080);`;

/** A message that Alertmanager posted. */
export interface Posted {
  readonly path: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** A server that takes mail at port 2525 and calls at 8080, in a namespace of its own, and keeps them in its log. */
export class Receiver {
  public static async start(namespace: string): Promise<Receiver> {
    await kubectl('create', 'namespace', namespace);
    const image = '--image=docker.io/library/node:24-slim';
    await kubectl('-n', namespace, 'create', 'deployment', 'receiver', image, '--', 'node', '-e', SERVER + HOOK);
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment', 'receiver', '--timeout=120s');
    const { items } = await get('-n', namespace, 'pods');
    return new Receiver(namespace, items[0].status.podIP as string, items[0].spec.nodeName as string);
  }

  private constructor(
    private readonly namespace: string,
    public readonly address: string,
    public readonly node: string,
  ) {}

  /** All that came by mail, as one text. */
  public async mail(): Promise<string> {
    return (await this.log()).filter((line) => !line.startsWith('POST ')).join('\n');
  }

  /** The calls, in the order in which they came. */
  public async calls(path: string): Promise<Posted[]> {
    const begin = `POST ${path} `;
    const lines = (await this.log()).filter((line) => line.startsWith(begin));
    return lines.map((line) => ({ path, body: JSON.parse(line.slice(begin.length)) as unknown }));
  }

  public remove(): Promise<void> {
    return removeNamespaces(this.namespace);
  }

  private async log(): Promise<string[]> {
    return (await kubectl('-n', this.namespace, 'logs', 'deployment/receiver')).split('\n');
  }
}
