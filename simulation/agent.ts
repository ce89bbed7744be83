import { Assembly } from '../agent/assembly';
import { Channel } from '../agent/channel';
import type { Signed } from '../agent/channel';
import type { Config, Place } from '../agent/config';
import type { Log } from '../agent/log';
import { keysIn } from '../agent/mounted-secret';
import { MySqlEngine } from '../agent/mysql/engine';
import type { Host } from '../agent/mysql/host';
import { HttpPeers } from '../agent/peer';
import { answerPeer } from '../agent/server';
import { KEY } from '../contract/agent-files';
import type { ApiServer } from './api-server';
import { connectFrom } from './connect';
import type { PodFiles } from './files';
import { SimulatedKube } from './kube';
import type { Machine } from './machine';
import { Process } from './machine';
import type { Surroundings } from './mysqld/dial';
import { sendFrom } from './peers';

/** What an agent sees of the cluster. */
export interface AgentSurroundings extends Surroundings {
  readonly api: ApiServer;
  /** The agent that answers at an address. */
  agentAt(address: string): Answering | undefined;
}

/** An agent that answers its peers. */
export interface Answering {
  readonly process: Process;
  answerPeer(question: Signed): Promise<Signed | string>;
}

/** A whole agent in a process of its own: the program, over the modelled cluster. */
export class SimulatedAgent implements Answering {
  public readonly process: Process;
  public readonly assembly: Assembly;
  private readonly channel: Channel;

  public constructor(
    public readonly place: Place,
    config: Config,
    machine: Machine,
    files: PodFiles,
    around: AgentSurroundings,
    identity: string,
    ended: () => void,
  ) {
    this.process = new Process(`agent ${place.pod}`, machine, ended);
    const { process } = this;
    const others = config.pods.filter((pod) => pod !== place.pod);
    const keys = () => keysIn(KEY, (path) => files.read(path));
    this.channel = new Channel(`${config.namespace}/${config.name}`, place.pod, keys, () => process.now());
    const log: Log = (event, about) => around.trace.say(place.pod, `${event} ${JSON.stringify(about ?? {})}`);
    const host: Host = {
      clock: process,
      connect: connectFrom(process, around, place.address),
      files,
      boot: () => machine.boot,
      // As in /proc/uptime: hundredths of a second.
      uptime: () => Math.floor(machine.now() / 10) / 100,
    };
    const { engine } = config;
    if (engine.kind !== 'mysql') throw new Error(`the simulation runs MySQL, got ${engine.kind}`);
    this.assembly = new Assembly(
      {
        config,
        place,
        clock: process,
        kube: (timeoutMs) => new SimulatedKube(process, around.network, around.api, timeoutMs),
        peers: (known) => new HttpPeers(config.port, others, known, this.channel, sendFrom(process, around)),
        log,
        today: () => machine.today(),
        identity,
      },
      (whole, agent) => new MySqlEngine(whole, engine, place.pod, agent, log, host),
    );
    process.after(20, () => this.assembly.start());
  }

  /** What the agent's server does with a question of a peer. */
  public answerPeer(question: Signed): Promise<Signed | string> {
    return answerPeer(this.assembly.answers, this.channel, question);
  }

  /** Whether it is the active one by its own clock; a stopped process does nothing. */
  public get active(): boolean {
    return this.process.alive && this.assembly.elector.active();
  }
}
