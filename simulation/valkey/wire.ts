import { EventEmitter } from 'node:events';
import type { Connect, Wire } from '../../agent/valkey/client';
import type { Process } from '../machine';
import { Stream } from '../stream';
import type { Surroundings, ValkeyModel } from './server';
import { Session } from './session';

/** Makes connections from a process; `own` is the host that its unix socket leads to. */
export function connectFrom(process: Process, around: Surroundings, own: string): Connect {
  return (at) => new SimulatedWire(process, around, 'path' in at ? own : at.host);
}

/** A client's end of a connection over the modelled network. */
class SimulatedWire extends EventEmitter implements Wire {
  private over = false;
  private up: Stream | undefined;
  private session: Session | undefined;

  public constructor(
    private readonly process: Process,
    private readonly around: Surroundings,
    host: string,
  ) {
    super();
    const { network } = around;
    const here = process.machine.name;
    const found = around.find(host);
    if (!found) {
      process.after(5, () => this.fail(`getaddrinfo ENOTFOUND ${host}`));
      return;
    }
    const there = found.machine.name;
    network.send(here, there, () => {
      const { machine, server } = around.find(host) ?? found;
      if (!machine.on) return;
      const back = (run: () => void) => network.send(there, here, () => process.do(() => this.over || run()));
      if (!server?.listens || !server.process.alive) return back(() => this.fail(`connect ECONNREFUSED ${host}`));
      // The kernel takes the connection, whatever the server does at this moment.
      const session = this.sessionOf(server);
      back(() => this.attach(server, session));
    });
  }

  public write(text: string): void {
    const { session } = this;
    this.up?.send(() => session?.take(Buffer.from(text)));
  }

  public destroy(): void {
    this.over = true;
    const { session } = this;
    this.up?.send(() => session?.forget());
  }

  private sessionOf(server: ValkeyModel): Session {
    const down = new Stream(this.around.network, server.process, this.process);
    return new Session(
      server,
      (text) => down.send(() => this.over || this.emit('data', Buffer.from(text))),
      () => down.send(() => this.closed()),
    );
  }

  private attach(server: ValkeyModel, session: Session): void {
    this.session = session;
    this.up = new Stream(this.around.network, this.process, server.process);
    this.emit('connect');
  }

  private closed(): void {
    if (this.over) return;
    this.over = true;
    this.emit('close');
  }

  private fail(why: string): void {
    if (this.over) return;
    this.over = true;
    this.emit('error', new Error(why));
  }
}
