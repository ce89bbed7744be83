import { Assembly } from '../agent/assembly';
import { Channel } from '../agent/channel';
import type { Signed } from '../agent/channel';
import type { Config, Place } from '../agent/config';
import type { Agent, Engine } from '../agent/engine';
import type { Log } from '../agent/log';
import { keysIn } from '../agent/mounted-secret';
import { HttpPeers } from '../agent/peer';
import { answerPeer } from '../agent/server';
import { KEY } from '../contract/agent-files';
import type { ApiServer } from './api-server';
import type { PodFiles } from './files';
import { SimulatedKube } from './kube';
import type { Machine } from './machine';
import { Process } from './machine';
import type { Network } from './network';
import { sendFrom } from './peers';
import type { Trace } from './trace';

/** What an agent sees of the cluster. */
export interface AgentSurroundings {
  readonly api: ApiServer;
  readonly network: Network;
  readonly trace: Trace;
  /** The agent that answers at an address. */
  agentAt(address: string): Answering | undefined;
}

/** An agent that answers its peers. */
export interface Answering {
  readonly process: Process;
  answerPeer(question: Signed): Promise<Signed | string>;
}

/** Makes the engine of an agent that runs in a process. */
export type EngineIn = (process: Process, config: Config, agent: Agent, log: Log) => Engine;

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
    engineIn: EngineIn,
    ended: () => void,
  ) {
    this.process = new Process(`agent ${place.pod}`, machine, ended);
    const { process } = this;
    const others = config.pods.filter((pod) => pod !== place.pod);
    const keys = () => keysIn(KEY, (path) => files.read(path));
    this.channel = new Channel(`${config.namespace}/${config.name}`, place.pod, keys, () => process.now());
    const log: Log = (event, about) => around.trace.say(place.pod, `${event} ${JSON.stringify(about ?? {})}`);
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
      (whole, agent) => engineIn(process, whole, agent, log),
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
