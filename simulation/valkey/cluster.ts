import { ValkeyEngine } from '../../agent/valkey/engine';
import { SECRETS } from '../../constructs/valkey/valkey-conf';
import { SimulatedAgent } from '../agent';
import { Machine, Process } from '../machine';
import { CLIENTS } from '../network';
import type { Setting } from '../pair-cluster';
import { PairCluster } from '../pair-cluster';
import type { Pod, Slice as SliceOfPair } from '../pod';
import { ServiceProxy } from '../service';
import { Client } from './client';
import { manifestsOf } from './config';
import { ValkeyContainer } from './container';
import { ValkeyJudge } from './judge';
import type { Surroundings } from './server';
import { Volume } from './volume';
import { connectFrom } from './wire';

/** A slice of a pair of Valkey servers, with a volume that outlives its pods. */
export interface Slice extends SliceOfPair {
  volume: Volume;
}

export type ValkeyPod = Pod<Slice, ValkeyContainer>;

/** The modelled cluster with one pair of Valkey servers and its clients. */
export class ValkeyCluster extends PairCluster<Slice, ValkeyContainer> implements Surroundings {
  public readonly judge: ValkeyJudge;
  public readonly slices: readonly Slice[];
  public readonly service: ServiceProxy;
  public readonly clients: Client[] = [];
  private volumes = 0;

  public constructor(setting: Setting) {
    super(setting, manifestsOf(setting.leaseSeconds, setting.durability));
    const { pods, traffic } = this.manifests.config;
    this.slices = pods.map((_, index) => Object.assign(this.sliceOf(index), { volume: this.newVolume() }));
    this.judge = new ValkeyJudge(this);
    this.service = new ServiceProxy(this, traffic!.endpointSlice);
    for (const slice of this.slices) this.makePod(slice);
    const machine = new Machine(CLIENTS, this.schedule, this.random, 1);
    for (let index = 0; index < setting.clients; index++)
      this.clients.push(new Client(this, new Process(`client ${index}`, machine)));
  }

  public makeAgent(pod: ValkeyPod, identity: string, ended: () => void): SimulatedAgent {
    const { name, address, machine, files, manifests } = pod;
    const place = { pod: name, address, node: machine.name };
    const { engine } = manifests.config;
    if (engine.kind !== 'valkey') throw new Error(`a pair of Valkey servers, got ${engine.kind}`);
    return new SimulatedAgent(
      place,
      manifests.config,
      machine,
      files,
      this,
      identity,
      (process, config, agent, log) => {
        const connect = connectFrom(process, this, address);
        // As in /proc/uptime: hundredths of a second.
        const uptime = () => Math.floor(machine.now() / 10) / 100;
        return new ValkeyEngine(config, engine, name, agent, log, { clock: process, connect, files, uptime });
      },
      ended,
    );
  }

  public makeContainer({ name, slice, machine, files }: ValkeyPod, exited: (code: number) => void): ValkeyContainer {
    const users = this.engine.accounts.map(({ user }) => user);
    return new ValkeyContainer(name, slice.volume, machine, files, this.fence, users, this, this.judge, exited);
  }

  /** Every acknowledged write was on the disk (`appendfsync always`). */
  public powerLost(): void {}

  /** The node of a slice comes back with an empty volume. */
  public loseVolume(slice: Slice): void {
    this.judge.volumeLost(slice.volume.id);
    slice.volume = this.newVolume();
  }

  public find(host: string) {
    const pod = this.byAddress.get(this.names.get(host) ?? host);
    return pod && { machine: pod.machine, server: pod.container?.server };
  }

  /** The password that programs have. */
  public get password(): string {
    return this.secrets.get(`${SECRETS}/default/password`)!;
  }

  private newVolume(): Volume {
    return new Volume(`volume-${this.volumes++}`);
  }
}
