import { FENCE, SECRETS } from '../constructs/mysql/mysql';
import type { Machine } from './machine';
import { Process } from './machine';
import type { PodFiles } from './files';
import type { Observer } from './mysqld/server';
import { Mysqld, RESTART } from './mysqld/server';
import type { Surroundings } from './mysqld/dial';
import type { Volume } from './mysqld/volume';
import { Watchdog } from './watchdog';

const UNTIL = `${FENCE}/active-until`;
const [READY, REFUSES, STOPPING] = ['ready', 'refuses', 'stopping'].map((name) => `${FENCE}/${name}`) as [
  string,
  string,
  string,
];
/**
 * The container of mysqld, as `constructs/mysql/mysql-start.ts` writes its script: it starts mysqld again after CLONE and after a
 * SIGKILL, and a watchdog ends it when the agent has not said for too long that this server is the active one.
 */
export class ServerContainer {
  public server: Mysqld | undefined;
  private readonly script: Process;
  private stopping = false;
  private over = false;

  public constructor(
    private readonly name: string,
    private readonly volume: Volume,
    private readonly machine: Machine,
    private readonly files: PodFiles,
    private readonly around: Surroundings,
    private readonly observer: Observer,
    private readonly exited: (code: number) => void,
  ) {
    this.script = new Process(`script ${name}`, machine);
    for (const file of [UNTIL, READY, `${FENCE}/restored`]) files.remove(file);
    new Watchdog(this.script, files, FENCE, () => {
      around.trace.say(name, 'the watchdog ends mysqld');
      this.server?.kill();
    });
    this.start();
  }

  /** SIGTERM to the container: mysqld is told to stop where it is known to refuse writes, and killed elsewhere. */
  public terminate(): void {
    this.script.do(() => {
      this.stopping = true;
      const { server, files } = this;
      if (!server) return;
      if (files.read(STOPPING) !== undefined || files.rename(REFUSES, STOPPING)) server.terminate();
      else {
        this.around.trace.say(this.name, 'the script kills mysqld, as it may take writes');
        server.kill();
      }
    });
  }

  /** SIGKILL to everything in the container. */
  public kill(): void {
    if (this.over) return;
    this.over = true;
    this.script.end();
    this.server?.kill();
    this.exited(137);
  }

  private start(): void {
    const { name, volume, machine, files, around, observer } = this;
    for (const file of [REFUSES, STOPPING]) files.remove(file);
    // What the script has mysqld do at each start, by its init file: the passwords of the Secrets.
    for (const user of files.users)
      volume.passwords.set(user, {
        now: files.read(`${SECRETS}/${user}/password`) ?? '',
        before: files.read(`${SECRETS}/${user}/password-before`),
      });
    this.server = new Mysqld(name, volume, machine, around, observer, (code) => this.ended(code));
  }

  private ended(code: number): void {
    this.around.trace.say(this.name, `mysqld ended with ${code}`);
    this.server = undefined;
    this.script.after(10, () => {
      if (this.over) return;
      if ((code === RESTART || code === 137) && !this.stopping) this.start();
      else this.exit(code);
    });
  }

  private exit(code: number): void {
    if (this.over) return;
    this.over = true;
    this.script.end();
    this.exited(code);
  }
}
