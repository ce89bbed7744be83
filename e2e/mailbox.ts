import { get, kubectl, removeNamespaces, until } from './kubernetes';

/** Accepts every message, and writes it to its log; one to slow@ after eight seconds. */
const SERVER = `
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

/** A mail server for tests, in a namespace of its own, that keeps what it is sent. */
export class Mailbox {
  public static async start(namespace: string): Promise<Mailbox> {
    await kubectl('create', 'namespace', namespace);
    await kubectl(
      '-n',
      namespace,
      'run',
      'mailbox',
      '--image=docker.io/library/node:24-slim',
      '--',
      'node',
      '-e',
      SERVER,
    );
    const address = await until('the mailbox', async () => {
      const { status } = await get('-n', namespace, 'pod', 'mailbox');
      return status.phase === 'Running' && (status.podIP as string);
    });
    return new Mailbox(namespace, address);
  }

  /** The one that was started in a namespace. */
  public static async at(namespace: string): Promise<Mailbox> {
    const { status } = await get('-n', namespace, 'pod', 'mailbox');
    return new Mailbox(namespace, status.podIP);
  }

  private constructor(
    private readonly namespace: string,
    public readonly address: string,
  ) {}

  /** All messages that came, as one text. */
  public read(): Promise<string> {
    return kubectl('-n', this.namespace, 'logs', 'mailbox');
  }

  public remove(): Promise<void> {
    return removeNamespaces(this.namespace);
  }
}
