import { MySqlEngine } from '../agent/mysql/engine';
import type { Host } from '../agent/mysql/host';
import { SECRETS } from '../constructs/mysql/mysql';
import type { Answering } from './agent';
import { SimulatedAgent } from './agent';
import { Client } from './client';
import { SITE_USER, manifestsOf } from './config';
import { connectFrom } from './connect';
import { Judge } from './judge';
import { Machine, Process } from './machine';
import type { Endpoint, Surroundings } from './mysqld/dial';
import { Volume } from './mysqld/volume';
import { CLIENTS } from './network';
import type { Setting } from './pair-cluster';
import { PairCluster } from './pair-cluster';
import type { Pod, Slice as SliceOfPair } from './pod';
import { ServiceProxy } from './service';
import { ServerContainer } from './start-script';
import { Stranger } from './stranger';

/** A slice of a pair of MySQL servers, with a volume that outlives its pods. */
export interface Slice extends SliceOfPair {
  volume: Volume;
}

type MySqlPod = Pod<Slice, ServerContainer>;

/** The modelled cluster with one pair of MySQL servers and its clients. */
export class Cluster extends PairCluster<Slice, ServerContainer> implements Surroundings {
  public readonly judge: Judge;
  public readonly slices: readonly Slice[];
  public readonly service: ServiceProxy;
  public readonly clients: Client[] = [];
  /** The password that programs have which are started now. */
  public sitePassword: string;
  /** Whether the address of a pod that ended is soon that of a pod of another pair. */
  public reusesAddresses = false;
  private readonly strangers = new Map<string, Stranger>();
  private readonly withoutVolume = new Set<MySqlPod>();
  private volumes = 0;

  public constructor(setting: Setting) {
    super(setting, manifestsOf(setting.leaseSeconds, setting.durability));
    const { pods, traffic } = this.manifests.config;
    this.sitePassword = this.secrets.get(`${SECRETS}/${SITE_USER}/password`)!;
    this.slices = pods.map((_, index) => Object.assign(this.sliceOf(index), { volume: this.newVolume() }));
    this.judge = new Judge(this);
    this.service = new ServiceProxy(this, traffic!.endpointSlice);
    for (const slice of this.slices) this.makePod(slice);
    const machine = new Machine(CLIENTS, this.schedule, this.random, 1);
    for (let index = 0; index < setting.clients; index++)
      this.clients.push(new Client(this, new Process(`client ${index}`, machine)));
  }

  public makeAgent(pod: MySqlPod, identity: string, ended: () => void): SimulatedAgent {
    const { name, address, machine, files, manifests } = pod;
    const place = { pod: name, address, node: machine.name };
    const { engine } = manifests.config;
    if (engine.kind !== 'mysql') throw new Error(`a pair of MySQL servers, got ${engine.kind}`);
    return new SimulatedAgent(
      place,
      manifests.config,
      machine,
      files,
      this,
      identity,
      (process, config, agent, log) => {
        const host: Host = {
          clock: process,
          connect: connectFrom(process, this, address),
          files,
          boot: () => machine.boot,
          // As in /proc/uptime: hundredths of a second.
          uptime: () => Math.floor(machine.now() / 10) / 100,
        };
        return new MySqlEngine(config, engine, name, agent, log, host);
      },
      ended,
    );
  }

  public makeContainer({ name, slice, machine, files }: MySqlPod, exited: (code: number) => void): ServerContainer {
    return new ServerContainer(name, slice.volume, machine, files, this, this.judge, exited);
  }

  public powerLost(slice: Slice): void {
    this.judge.losses.powerLost(slice);
  }

  public find(host: string): Endpoint | undefined {
    const address = this.names.get(host) ?? host;
    const pod = this.byAddress.get(address);
    return pod ? { machine: pod.machine, server: pod.container?.server } : this.strangers.get(address);
  }

  public override agentAt(address: string): Answering | undefined {
    return super.agentAt(address) ?? this.strangers.get(address);
  }

  public newVolume(): Volume {
    const number = this.volumes++;
    return new Volume(`${'ab'[number % 2]}${String(number).padStart(7, '0')}-0000-0000-0000-000000000000`);
  }

  /** Deletes the claim of a volume and its pod: the next pod begins with an empty one. */
  public deleteVolume(index: number): void {
    const pod = this.pod(index);
    if (!pod) return;
    this.withoutVolume.add(pod);
    this.deletePod(index, this.manifests.graceMs);
  }

  protected override leaves(pod: MySqlPod): void {
    if (this.reusesAddresses) this.strangers.set(pod.address, new Stranger(this, pod.machine));
    if (this.withoutVolume.delete(pod)) pod.slice.volume = this.newVolume();
  }
}
