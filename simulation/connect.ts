import type { Connect } from '../agent/mysql/host';
import type { Process } from './machine';
import type { Surroundings } from './mysqld/dial';
import { dial } from './mysqld/dial';
import { SimulatedConnection } from './mysqld/session';

/** Makes connections from a process; `own` is the host that its unix socket leads to. */
export function connectFrom(process: Process, around: Surroundings, own: string): Connect {
  return ({ socketPath, host = '', user, password, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const connection = new SimulatedConnection(process, timeoutMs);
      const cancel = process.after(timeoutMs, () => {
        connection.close();
        reject(new Error(`no answer within ${timeoutMs} ms: connecting`));
      });
      dial(process, around, socketPath === undefined ? host : own, { user, password }, (server, error) =>
        process.do(() => {
          cancel();
          if (!connection.open) return;
          if (!server) return reject(error);
          // The server may have ended while its greeting was on the way.
          if (!server.listens) return reject(new Error('the server closed the connection'));
          connection.attach(server, user);
          resolve(connection);
        }),
      );
    });
}
