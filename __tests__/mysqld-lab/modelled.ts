import type { Connection } from '../../agent/mysql/client';
import { connectFrom } from '../../simulation/connect';
import { Machine, Process } from '../../simulation/machine';
import type { Endpoint, Surroundings } from '../../simulation/mysqld/dial';
import type { Observer } from '../../simulation/mysqld/server';
import { Mysqld } from '../../simulation/mysqld/server';
import { Volume } from '../../simulation/mysqld/volume';
import { Network } from '../../simulation/network';
import { Random } from '../../simulation/random';
import { Schedule } from '../../simulation/schedule';
import { Trace } from '../../simulation/trace';
import type { Lab, LabServer, Laboratory, User } from './lab';

const NOBODY: Observer = {
  opened: () => undefined,
  received: () => undefined,
  acknowledged: () => undefined,
  terminated: () => undefined,
};

/** The cluster of one scenario: two machines, and a client on either. */
class Stage implements Surroundings {
  public readonly schedule = new Schedule();
  public readonly random = new Random(1);
  public readonly network = new Network(this.schedule, this.random);
  public readonly trace = new Trace(this.schedule);
  public readonly servers = [1, 2].map((number) => new ModelledServer(this, number));

  public find(host: string): Endpoint | undefined {
    const found = this.servers.find((server) => server.host === host);
    return found && { machine: found.machine, server: found.mysqld };
  }
}

class ModelledServer implements LabServer {
  public readonly port = 3306;
  public readonly host: string;
  public readonly machine: Machine;
  public mysqld: Mysqld;
  private readonly volume: Volume;
  private readonly client: Process;
  private readonly codes: number[] = [];

  public constructor(
    private readonly stage: Stage,
    number: number,
  ) {
    this.host = `db0${number}`;
    this.machine = new Machine(this.host, stage.schedule, stage.random, 1);
    this.volume = new Volume(`${number}`.repeat(8) + '-0000-0000-0000-000000000000');
    this.client = new Process('client', this.machine);
    for (const user of ['agent', 'replication', 'site'])
      this.volume.passwords.set(user, { now: user, before: undefined });
    this.mysqld = this.launch();
  }

  public get uuid(): string {
    return this.volume.uuid;
  }

  public connect(user: User): Promise<Connection> {
    const connect = connectFrom(this.client, this.stage, this.host);
    return connect({ socketPath: 'socket', user, password: user, timeoutMs: 30_000 });
  }

  public signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    if (name === 'SIGTERM') this.mysqld.terminate();
    else if (name === 'SIGKILL') this.mysqld.kill();
    else if (name === 'SIGSTOP') this.mysqld.process.stop();
    else this.mysqld.process.resume();
  }

  public async restarted(): Promise<number> {
    while (this.codes.length === 0 || !this.mysqld.listens) await this.stage.schedule.sleep(20);
    return this.codes.shift()!;
  }

  public async purge(): Promise<void> {
    this.volume.purgeLogs(0);
  }

  public async obtain(uuid: string, number: number, row: number): Promise<void> {
    this.volume.execute({ gtid: { uuid, number }, row, ms: 0 });
  }

  public async setBack(): Promise<void> {
    this.volume.setBack();
  }

  private launch(): Mysqld {
    return new Mysqld(this.host, this.volume, this.machine, this.stage, NOBODY, (code) => {
      this.codes.push(code);
      this.stage.schedule.after(10, () => (this.mysqld = this.launch()));
    });
  }
}

/** Two modelled servers for each scenario, in virtual time. */
export class ModelledLaboratory implements Laboratory {
  public async start(): Promise<void> {}

  public async run(scenario: (lab: Lab) => Promise<void>): Promise<void> {
    const stage = new Stage();
    const [first, second] = stage.servers as [ModelledServer, ModelledServer];
    let over = false;
    let failure: unknown;
    const begin = async () => {
      while (!first.mysqld.listens || !second.mysqld.listens) await stage.schedule.sleep(20);
      await scenario({ first, second, pass: (ms) => stage.schedule.sleep(ms) });
    };
    const settled = begin().then(
      () => (over = true),
      (error: unknown) => {
        failure = error;
        over = true;
      },
    );
    while (!over) await stage.schedule.run(stage.schedule.now + 1_000, () => over);
    await settled;
    if (failure) throw failure as Error;
  }

  public async stop(): Promise<void> {}
}
