import { DATA, SECRETS } from '../../constructs/valkey/valkey-conf';
import { keysIn } from '../../agent/mounted-secret';
import type { PodFiles } from '../files';
import type { Machine } from '../machine';
import { Process } from '../machine';
import type { Container } from '../pod';
import { Watchdog } from '../watchdog';
import type { Observer, Surroundings } from './server';
import { ValkeyModel } from './server';
import { sha256 } from './session';
import type { Volume } from './volume';

/** The container of a server, as `agent/scripts/valkey/start.sh` runs it: it starts the server again after a SIGKILL. */
export class ValkeyContainer implements Container {
  public server: ValkeyModel | undefined;
  private readonly script: Process;
  private stopping = false;
  private over = false;

  public constructor(
    private readonly name: string,
    private readonly volume: Volume,
    private readonly machine: Machine,
    private readonly files: PodFiles,
    fence: string,
    private readonly users: readonly string[],
    private readonly around: Surroundings,
    private readonly observer: Observer,
    private readonly exited: (code: number) => void,
  ) {
    this.script = new Process(`script ${name}`, machine);
    files.write(`${DATA}/data/id`, `${volume.id}\n`);
    for (const file of ['active-until', 'ready']) files.remove(`${fence}/${file}`);
    new Watchdog(this.script, files, fence, () => {
      around.trace.say(name, 'the watchdog ends valkey-server');
      this.server?.kill();
    });
    this.start();
  }

  /** SIGTERM to the container. */
  public terminate(): void {
    this.script.do(() => {
      this.stopping = true;
      this.server?.terminate();
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
    const accounts = new Map(
      this.users.map((user) => [user, keysIn(`${SECRETS}/${user}`, (path) => files.read(path)).map(sha256)]),
    );
    this.server = new ValkeyModel(name, volume, machine, around, accounts, observer, (code) => this.ended(code));
  }

  private ended(code: number): void {
    this.around.trace.say(this.name, `valkey-server ended with ${code}`);
    this.server = undefined;
    this.script.after(10, () => {
      if (this.over) return;
      if (code === 137 && !this.stopping) return this.start();
      this.over = true;
      this.script.end();
      this.exited(code);
    });
  }
}
