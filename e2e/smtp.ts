import { Socket, connect } from 'node:net';
import { TLSSocket, connect as secure } from 'node:tls';

/** One conversation with a mail server. */
export class Smtp {
  public static async open(host: string, port = 25): Promise<Smtp> {
    const smtp = new Smtp(connect({ host, port, timeout: 20_000 }));
    smtp.banner = await smtp.answer();
    return smtp;
  }

  public banner = '';
  private buffer = '';
  private wake: () => void = () => undefined;
  private failure: Error | undefined;

  private constructor(public socket: Socket | TLSSocket) {
    this.listen();
  }

  /** Says a line, and gives back the answer's last line. */
  public async say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.answer();
  }

  public async startTls(): Promise<TLSSocket> {
    this.socket.removeAllListeners();
    const socket = secure({ socket: this.socket, rejectUnauthorized: false });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    this.socket = socket;
    this.listen();
    return socket;
  }

  /** Sends a message, and says whether the server accepted it. */
  public async send(subject: string, recipient = 'post@example.org', body = 'Hello.'): Promise<string> {
    // RFC 6531: an address beyond ASCII is one of a transaction that says so.
    const utf8 = /[^ -~]/.test(recipient) ? ' SMTPUTF8' : '';
    for (const line of [`MAIL FROM:<sender@client.example>${utf8}`, `RCPT TO:<${recipient}>`, 'DATA']) {
      const answer = await this.say(line);
      if (!/^[23]/.test(answer)) return answer;
    }
    return this.say(`Subject: ${subject}\r\nFrom: sender@client.example\r\n\r\n${body}\r\n.`);
  }

  public close(): void {
    this.socket.destroy();
  }

  private listen(): void {
    const fail = (error: Error) => {
      this.failure = error;
      this.wake();
    };
    this.socket.on('data', (data: Buffer) => {
      this.buffer += data.toString('latin1');
      this.wake();
    });
    this.socket.on('error', fail);
    this.socket.on('timeout', () => fail(new Error('no answer')));
    this.socket.on('close', () => fail(this.failure ?? new Error('closed')));
  }

  private async answer(): Promise<string> {
    for (;;) {
      const end = /^\d{3} .*\r\n/m.exec(this.buffer);
      if (end) {
        this.buffer = this.buffer.slice(end.index + end[0].length);
        return end[0].trim();
      }
      if (this.failure) throw this.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
