import { get, kubectl, removeNamespaces } from './kubernetes';

/** Accepts every message, and writes it to its log; one to slow@ after eight seconds. */
export const SERVER = `
require('node:net').createServer((socket) => {
  const say = (line) => socket.write(line + '\\r\\n');
  let data = false, rest = '';
  say('220 mailbox');
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    const lines = (rest + chunk).split('\\r\\n');
    rest = lines.pop();
    for (const line of lines) {
      if (data) {
        console.log(line);
        if (line === '.') { data = false; say('250 accepted'); }
      } else if (/^DATA/i.test(line)) { data = true; say('354 go on'); }
      else if (/^QUIT/i.test(line)) { say('221 bye'); socket.end(); }
      else if (/^RCPT TO:<slow@/i.test(line)) setTimeout(() => say('250 ok'), 8000);
      else say('250 ok');
    }
  });
}).listen(2525);`;

/** A mail server for tests, in a namespace of its own, that keeps what it is sent until its node or its pod is lost. */
export class Mailbox {
  public static async start(namespace: string): Promise<Mailbox> {
    await kubectl('create', 'namespace', namespace);
    const image = '--image=docker.io/library/node:24-slim';
    await kubectl('-n', namespace, 'create', 'deployment', 'mailbox', image, '--', 'node', '-e', SERVER);
    await kubectl('-n', namespace, 'expose', 'deployment', 'mailbox', '--port=2525');
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment', 'mailbox', '--timeout=120s');
    return Mailbox.at(namespace);
  }

  /** The one that was started in a namespace. */
  public static async at(namespace: string): Promise<Mailbox> {
    const { spec } = await get('-n', namespace, 'service', 'mailbox');
    const { items } = await get('-n', namespace, 'pods');
    const [first, second] = (items[0].status.podIP as string).split('.');
    return new Mailbox(namespace, spec.clusterIP, `${first}.${second}.0.0/16`);
  }

  private constructor(
    private readonly namespace: string,
    /** It stays when the pod moves to another node. */
    public readonly address: string,
    /** Where the pod is and will be: policies are judged by its own address. */
    public readonly network: string,
  ) {}

  /** All messages that came to this pod, as one text. */
  public read(): Promise<string> {
    return kubectl('-n', this.namespace, 'logs', 'deployment/mailbox');
  }

  public remove(): Promise<void> {
    return removeNamespaces(this.namespace);
  }
}
