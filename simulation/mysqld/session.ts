import type { Connection, Row } from '../../agent/mysql/client';
import type { Process } from '../machine';
import { Stream } from '../stream';
import type { Mysqld } from './server';
import { execute } from './statements';

/** A connection as the server has it. */
export class Session {
  public readonly id: number;
  public open = true;
  /** Whether its statements go to the binary log. */
  public logs = true;
  /** Whether the server has ended it: what it has not committed is rolled back. */
  public killed = false;
  /** The statement that is under way, as PROCESSLIST shows it. */
  public statement: string | undefined;
  /** Gives up a statement that waits. */
  public giveUp: (() => void) | undefined;
  private readonly back: Stream;

  public constructor(
    public readonly server: Mysqld,
    public readonly user: string,
    private readonly client: SimulatedConnection,
    process: Process,
  ) {
    this.id = server.nextId();
    this.back = new Stream(server.network, server.process, process);
    server.sessions.add(this);
  }

  public run(statement: string): void {
    const { server } = this;
    this.statement = statement;
    const ms = server.random.between(0.1, 1.5) + server.slowMs * server.random.next();
    server.process.after(ms, () => {
      // One that is killed may be past the last point where its thread looks whether it was.
      if (this.killed && server.random.chance(0.5)) return this.over();
      execute(this, statement, (result) => {
        this.over();
        if (this.open) this.back.send(() => this.client.answered(result));
      });
    });
  }

  private over(): void {
    this.statement = undefined;
    if (this.killed || !this.open) this.server.sessions.delete(this);
  }

  /** The server ends the connection: its client hears of it, and of nothing else any more. */
  public end(): void {
    if (this.killed) return;
    this.killed = true;
    const waits = this.giveUp !== undefined;
    this.giveUp?.();
    if (waits || this.statement === undefined) this.over();
    if (!this.open) return;
    this.open = false;
    this.back.send(() => this.client.fail(new Error('the server closed the connection')));
  }

  /** The client is gone. A statement that is under way goes on. */
  public forget(): void {
    this.open = false;
    if (this.statement === undefined) this.over();
  }
}

interface Asked {
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: Error) => void;
}

/** A connection as a client has it: what `MySqlClient` is to a real server. */
export class SimulatedConnection implements Connection {
  public id = 0;
  public whenClosed: (() => void) | undefined;
  private failure: Error | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private asked: Asked | undefined;
  private session: Session | undefined;
  private there: Stream | undefined;
  private closeAtEnd: (() => void) | undefined;

  public constructor(
    private readonly process: Process,
    private readonly timeoutMs: number,
  ) {}

  public get open(): boolean {
    return this.failure === undefined;
  }

  public attach(server: Mysqld, user: string): void {
    this.session = new Session(server, user, this, this.process);
    this.id = this.session.id;
    const there = (this.there = new Stream(server.network, this.process, server.process));
    // When the process ends, its kernel closes the connection.
    this.closeAtEnd = () => there.send(() => this.session?.forget());
    this.process.atEnd.add(this.closeAtEnd);
  }

  public query(statement: string, timeoutMs = this.timeoutMs): Promise<Row[]> {
    const result = this.turn.then(() => this.ask(statement, timeoutMs));
    this.turn = result.catch(() => undefined);
    return result;
  }

  public close(): void {
    this.fail(new Error('the connection was closed'));
  }

  public answered(result: Row[] | Error): void {
    const { asked } = this;
    this.asked = undefined;
    if (result instanceof Error) asked?.reject(result);
    else asked?.resolve(result);
  }

  public fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    const { asked, closeAtEnd } = this;
    this.asked = undefined;
    if (closeAtEnd) {
      this.process.atEnd.delete(closeAtEnd);
      closeAtEnd();
    }
    asked?.reject(error);
    this.whenClosed?.();
  }

  private ask(statement: string, timeoutMs: number): Promise<Row[]> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const cancel = this.process.after(timeoutMs, () =>
        this.fail(new Error(`no answer within ${timeoutMs} ms: ${statement.slice(0, 60)}`)),
      );
      this.asked = {
        resolve: (rows) => {
          cancel();
          resolve(rows);
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      };
      this.there!.send(() => this.session!.run(statement));
    });
  }
}
