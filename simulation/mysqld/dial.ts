import { MySqlError } from '../../agent/mysql/client';
import type { Machine, Process } from '../machine';
import type { Network } from '../network';
import type { Random } from '../random';
import type { Trace } from '../trace';
import type { Mysqld } from './server';

/** Where a server's container runs, and the mysqld in it, if there is one. */
export interface Endpoint {
  readonly machine: Machine;
  readonly server: Mysqld | undefined;
}

/** What a mysqld and its clients see of the cluster. */
export interface Surroundings {
  readonly network: Network;
  readonly random: Random;
  readonly trace: Trace;
  /** Where a name or an address leads; undefined where there is nobody. */
  find(host: string): Endpoint | undefined;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * Connects from a process to a server and logs in. Answers nothing where nothing comes back: a machine without power, a way
 * that is cut, a server that is stopped.
 */
export function dial(
  from: Process,
  around: Surroundings,
  host: string,
  login: Login,
  done: (server: Mysqld | undefined, error: Error | undefined) => void,
): void {
  const { network } = around;
  const here = from.machine.name;
  const found = around.find(host);
  if (!found) return void from.after(5, () => done(undefined, new Error(`getaddrinfo ENOTFOUND ${host}`)));
  const there = found.machine.name;
  network.send(here, there, () => {
    const { machine, server } = around.find(host) ?? found;
    if (!machine.on) return;
    const answer = (result: Mysqld | undefined, error: Error | undefined) =>
      network.send(there, here, () => done(result, error));
    if (!server?.listens) return answer(undefined, new Error(`connect ECONNREFUSED ${host}`));
    // Where the server ends before it has looked at the connection, its kernel closes that.
    const closed = () => answer(undefined, new Error('the server closed the connection'));
    server.process.atEnd.add(closed);
    server.process.do(() => {
      server.process.atEnd.delete(closed);
      const error = server.logIn(login);
      answer(error ? undefined : server, error);
    });
  });
}

export const refusedOffline = () => new MySqlError(3032, 'HY000', 'The server is currently in offline mode');
