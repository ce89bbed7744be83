import { HANDOVER_SECONDS } from '../constructs/pair/pair';
import type { SimulatedAgent } from './agent';
import type { Manifests } from './config';
import { PodFiles } from './files';
import type { Machine, Process } from './machine';
import { API } from './network';
import type { PairCluster } from './pair-cluster';

/** How often the kubelet looks after a pod, in milliseconds. */
const LOOK_MS = 500;
/** What is left for a sidecar in any case, in milliseconds. */
const SIDECAR_MS = 2_000;
/** How long the hook waits, in milliseconds. */
const HOOK_MS = HANDOVER_SECONDS * 1000;

/** A slice of a pair: a name, and a machine that it always runs on. */
export interface Slice {
  readonly index: number;
  readonly pod: string;
  readonly host: string;
  readonly machine: Machine;
  /** What is left of its volume, in MiB. */
  freeMebibytes: number;
}

/** A server of a pair, as far as its pod and faults know it. */
export interface Server {
  readonly process: Process;
  readonly listens: boolean;
  /** Whether clients may write. */
  readonly takesWrites: boolean;
  /** SIGKILL. */
  kill(): void;
}

/** The container of a server, with the script that starts it. */
export interface Container {
  readonly server: Server | undefined;
  /** SIGTERM to it. */
  terminate(): void;
  /** SIGKILL to everything in it. */
  kill(): void;
}

/** A pod of the pair and what the kubelet of its machine does with it. */
export class Pod<S extends Slice = Slice, C extends Container = Container> {
  public agent: SimulatedAgent | undefined;
  public container: C | undefined;
  public readonly files: PodFiles;
  public readonly address: string;
  /** Whether it is about to be deleted, and how long it has for that. */
  public graceMs: number | undefined;
  public gone = false;
  /** The run of the machine in which its containers were started. */
  private boot = '';
  private agentAt = 0;
  private serverAt = 0;
  private ending = false;
  /** The file that the hook makes, or the one that the agent makes when it has obeyed. */
  private order: 'leave' | 'left' | undefined;
  private starts = 0;

  public constructor(
    private readonly cluster: PairCluster<S, C>,
    public readonly slice: S,
    public readonly manifests: Manifests,
    number: number,
  ) {
    this.files = new PodFiles(cluster.secrets);
    this.files.freeMebibytes = slice.freeMebibytes;
    this.address = `10.0.${slice.index}.${number}`;
    this.look();
  }

  public get name(): string {
    return this.slice.pod;
  }

  public get machine(): Machine {
    return this.slice.machine;
  }

  /** What the readiness probe of the server's container says. */
  public get ready(): boolean {
    return this.container !== undefined && this.files.read(`${this.cluster.fence}/ready`) !== undefined;
  }

  /** Whether everything in it runs. */
  public get whole(): boolean {
    return !this.gone && this.graceMs === undefined && this.agent !== undefined && !!this.container?.server?.listens;
  }

  /** The agent's container ends as by a fault. */
  public killAgent(): void {
    this.agent?.process.end();
  }

  private look(): void {
    if (this.gone) return;
    const { schedule, network } = this.cluster;
    if (this.machine.on) {
      if (this.boot !== this.machine.boot) this.reboot();
      const reaches = network.reaches(API, this.machine.name) && network.reaches(this.machine.name, API);
      // A kubelet that was started again asks the API server which pods it has.
      if (this.boot === this.machine.boot || reaches) this.care(reaches);
    }
    schedule.after(LOOK_MS, () => this.look());
  }

  private reboot(): void {
    const { network, schedule, random } = this.cluster;
    if (!network.reaches(this.machine.name, API)) return;
    this.agent = this.container = undefined;
    this.files.clear();
    this.files.mount(this.cluster.secrets);
    this.ending = false;
    this.boot = this.machine.boot;
    this.agentAt = schedule.now + random.between(500, 4_000);
  }

  private care(reaches: boolean): void {
    const { schedule, random } = this.cluster;
    if (this.graceMs !== undefined) {
      if (reaches && !this.ending) void this.end(this.graceMs);
      return;
    }
    if (this.boot !== this.machine.boot) return;
    if (!this.agent && schedule.now >= this.agentAt) {
      this.startAgent();
      if (!this.container) this.serverAt = schedule.now + random.between(300, 1_500);
    }
    if (this.agent && !this.container && schedule.now >= this.serverAt) this.startServer();
  }

  private startAgent(): void {
    const { cluster } = this;
    cluster.publishAddress(this);
    const identity = `${this.name}_${this.address}-${++this.starts}`;
    cluster.trace.say(this.name, 'the agent starts');
    const agent = cluster.makeAgent(this, identity, () => {
      if (this.agent !== agent) return;
      this.agent = undefined;
      this.agentAt = cluster.schedule.now + cluster.random.between(300, 3_000);
    });
    this.agent = agent;
    // An order that nobody has obeyed yet is obeyed then.
    agent.process.after(100, () => this.obey());
  }

  /** The agent finds the order, as `StopOrder` does by files. */
  private obey(): void {
    const { agent } = this;
    agent?.process.do(() => {
      if (this.order !== 'leave') return;
      this.order = undefined;
      const obeyed = () => (this.order = 'left');
      agent.assembly.beforeStop().then(obeyed, obeyed);
    });
  }

  private startServer(): void {
    const { cluster } = this;
    const container = cluster.makeContainer(this, () => {
      if (this.container !== container) return;
      this.container = undefined;
      this.serverAt = cluster.schedule.now + cluster.random.between(300, 3_000);
    });
    this.container = container;
  }

  /** What the kubelet does with a pod that is deleted: the hook, SIGTERM, SIGKILL; then the sidecar; then the object goes. */
  private async end(graceMs: number): Promise<void> {
    const { cluster, machine } = this;
    const { schedule, trace } = cluster;
    this.ending = true;
    const { boot } = machine;
    const until = schedule.now + graceMs;
    const sleepUntil = async (time: number, over: () => boolean) => {
      while (schedule.now < time && !over() && machine.on && machine.boot === boot) await schedule.sleep(50);
    };
    if (this.container) {
      trace.say(this.name, 'the kubelet runs the hook');
      this.order = 'leave';
      await sleepUntil(Math.min(until, schedule.now + HOOK_MS), () => {
        if (this.order === 'leave') this.obey();
        return this.order === 'left';
      });
    }
    const { container } = this;
    if (container && machine.boot === boot && machine.on) {
      trace.say(this.name, 'the kubelet sends SIGTERM to the server');
      container.terminate();
      await sleepUntil(until, () => this.container === undefined);
      container.kill();
    }
    const { agent } = this;
    if (agent && machine.boot === boot && machine.on) {
      let ended = false;
      agent.process.do(() => void agent.assembly.end('SIGTERM').then(() => (ended = true)));
      await sleepUntil(Math.max(until, schedule.now + SIDECAR_MS), () => ended);
      agent.process.end();
    }
    // Without power, its processes are gone; the object goes when the kubelet has said so.
    while (!machine.on || !cluster.network.reaches(machine.name, API)) await schedule.sleep(LOOK_MS);
    // A node that was started again meanwhile ends it anew.
    if (this.gone) return;
    this.gone = true;
    cluster.podGone(this);
  }
}
