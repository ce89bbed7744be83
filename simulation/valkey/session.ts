import { createHash } from 'node:crypto';
import { readReply } from '../../agent/valkey/resp';
import { infoOf } from './info';
import type { ValkeyModel } from './server';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** How long an answer takes, in milliseconds. */
const ANSWER_MS = 1;

/** A client's connection, as its server sees it. */
export class Session {
  public user = '';
  private received: Buffer = Buffer.alloc(0);
  private readonly close = () => this.end();

  public constructor(
    private readonly server: ValkeyModel,
    private readonly send: (text: string) => void,
    private readonly ended: () => void,
  ) {
    server.sessions.add(this);
    server.process.atEnd.add(this.close);
  }

  /** The server ends it. */
  public end(): void {
    this.forget();
    this.ended();
  }

  /** The client has ended it. */
  public forget(): void {
    this.server.sessions.delete(this);
    this.server.process.atEnd.delete(this.close);
  }

  public take(chunk: Buffer): void {
    if (!this.server.sessions.has(this)) return;
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const next = readReply(this.received);
      if (!next) return;
      this.received = this.received.subarray(next.end);
      const answer = this.answer((next.reply as string[]).map(String));
      this.server.process.after(ANSWER_MS, () => this.server.sessions.has(this) && this.send(answer));
    }
  }

  private answer(words: readonly string[]): string {
    const [command = '', first = '', second = '', ...rest] = words;
    const { server } = this;
    if (command === 'AUTH') return this.logIn(first, second);
    if (this.user === '') return '-NOAUTH Authentication required.\r\n';
    switch (command === 'CONFIG' || command === 'CLIENT' || command === 'ACL' ? `${command} ${first}` : command) {
      case 'INFO':
        return bulk(infoOf(server));
      case 'SET': {
        const error = server.write(Number(first));
        return error === '' ? OK : `-${error}\r\n`;
      }
      case 'REPLICAOF':
        return this.replicaOf(first, second);
      case 'CONFIG SET':
        return this.set(second, rest[0] ?? '');
      case 'CLIENT KILL':
        server.endClients(rest[0] ?? '');
        return ':0\r\n';
      case 'ACL SETUSER':
        server.accounts.set(
          second,
          rest.filter((word) => word.startsWith('#')).map((word) => word.slice(1)),
        );
        return OK;
      default:
        throw new Error(`the model of Valkey does not know ${words.join(' ')}`);
    }
  }

  private logIn(user: string, password: string): string {
    if (!this.server.accounts.get(user)?.includes(sha256(password)))
      return '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
    this.user = user;
    return OK;
  }

  private replicaOf(host: string, port: string): string {
    const { server } = this;
    if (server.loading) return '-LOADING Valkey is loading the dataset in memory\r\n';
    if (`${host} ${port}` === 'NO ONE') {
      server.lead();
      return OK;
    }
    const { source } = server.receiver;
    if (!server.leads && source?.host === host && source.port === Number(port))
      return '+OK Already connected to specified primary\r\n';
    server.follow(host, Number(port));
    return OK;
  }

  private set(name: string, value: string): string {
    const { server } = this;
    if (name === 'min-replicas-to-write') server.needed = Number(value);
    else if (name === 'primaryauth') server.primaryauth = value;
    else throw new Error(`the model of Valkey has no setting ${name}`);
    server.countReplicas();
    return OK;
  }
}

const OK = '+OK\r\n';

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
