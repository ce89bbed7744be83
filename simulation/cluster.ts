import { KEY } from '../contract/agent-files';
import { SECRETS } from '../constructs/mysql/mysql';
import type { AgentSurroundings, Answering, SimulatedAgent } from './agent';
import { ApiServer } from './api-server';
import { Client } from './client';
import type { Manifests } from './config';
import { SITE_USER, manifestsOf } from './config';
import { Judge } from './judge';
import { Machine, Process } from './machine';
import type { Endpoint } from './mysqld/dial';
import { Volume } from './mysqld/volume';
import { CLIENTS, Network } from './network';
import { Pod } from './pod';
import { Random } from './random';
import { Schedule } from './schedule';
import { ServiceProxy } from './service';
import { Stranger } from './stranger';
import { Trace } from './trace';

/** A slice of the pair: a name, a machine that it always runs on, and a volume that outlives its pods. */
export interface Slice {
  readonly index: number;
  readonly pod: string;
  readonly host: string;
  readonly machine: Machine;
  volume: Volume;
  /** What is left of it, in MiB. */
  freeMebibytes: number;
}

/** What a run begins with. */
export interface Setting {
  readonly seed: number;
  readonly durability: 'preferred' | 'required';
  readonly leaseSeconds: number;
  /** How fast the clocks of the two machines run. */
  readonly rates: readonly [number, number];
  readonly clients: number;
  /** Rules that may be broken, by a part of what is said then: to see what else is wrong. */
  readonly ignore?: readonly string[] | undefined;
  readonly print?: ((line: string) => void) | undefined;
}

/** The modelled cluster with one pair of MySQL servers and its clients. */
export class Cluster implements AgentSurroundings {
  public readonly schedule = new Schedule();
  public readonly random: Random;
  public readonly network: Network;
  public readonly api: ApiServer;
  public readonly trace: Trace;
  public readonly judge: Judge;
  public readonly slices: readonly Slice[];
  public readonly service: ServiceProxy;
  public readonly secrets = new Map<string, string>();
  public readonly clients: Client[] = [];
  /** The password that programs have which are started now. */
  public sitePassword: string;
  /** Whether a volume was lost in this wave of faults. */
  public volumeLost = false;
  /** Whether the address of a pod that ended is soon that of a pod of another pair. */
  public reusesAddresses = false;
  private readonly strangers = new Map<string, Stranger>();
  /** What the pods are made from that are made from now on. */
  public manifests: Manifests;
  public rollingOut = false;
  /** The pods by their names; there is none between the end of one and the next. */
  public readonly pods = new Map<string, Pod>();
  private readonly byAddress = new Map<string, Pod>();
  private readonly names = new Map<string, string>();
  private readonly withoutVolume = new Set<Pod>();
  private made = 0;
  private volumes = 0;

  public constructor(public readonly setting: Setting) {
    this.random = new Random(setting.seed);
    this.network = new Network(this.schedule, this.random);
    this.api = new ApiServer(this.schedule, this.random);
    this.trace = new Trace(this.schedule, 400, setting.print);
    this.manifests = manifestsOf(setting.leaseSeconds, setting.durability);
    const { pods, traffic, engine } = this.manifests.config;
    if (engine.kind !== 'mysql') throw new Error(`the simulation runs MySQL, got ${engine.kind}`);
    const { slices, accounts } = engine;
    for (const { user, folder } of accounts) this.secrets.set(`${folder}/password`, `password of ${user}`);
    this.secrets.set(`${KEY}/password`, 'key of the pair');
    this.sitePassword = this.secrets.get(`${SECRETS}/${SITE_USER}/password`)!;
    this.slices = pods.map((pod, index) => ({
      index,
      pod,
      host: slices[pod]!,
      machine: new Machine(`node${index + 1}`, this.schedule, this.random, setting.rates[index]!),
      volume: this.newVolume(),
      freeMebibytes: 5_000,
    }));
    this.judge = new Judge(this);
    this.service = new ServiceProxy(this, traffic!.endpointSlice);
    for (const slice of this.slices) this.makePod(slice);
    const machine = new Machine(CLIENTS, this.schedule, this.random, 1);
    for (let index = 0; index < setting.clients; index++)
      this.clients.push(new Client(this, new Process(`client ${index}`, machine)));
  }

  /** The folder of an API's objects in the namespace of the pair. */
  public collection(group: string, kind: string): string {
    return `/${group}/namespaces/${this.manifests.config.namespace}/${kind}`;
  }

  public get leasePath(): string {
    return `${this.collection('apis/coordination.k8s.io/v1', 'leases')}/${this.manifests.config.name}`;
  }

  /** The pod of a slice; undefined between the end of one and the next. */
  public pod(index: number): Pod | undefined {
    return this.pods.get(this.slices[index]!.pod);
  }

  public get allPods(): Pod[] {
    return [...this.pods.values()];
  }

  public get agents(): SimulatedAgent[] {
    return this.allPods.flatMap(({ agent }) => agent ?? []);
  }

  public find(host: string): Endpoint | undefined {
    const address = this.names.get(host) ?? host;
    const pod = this.byAddress.get(address);
    return pod ? { machine: pod.machine, server: pod.container?.server } : this.strangers.get(address);
  }

  public agentAt(address: string): Answering | undefined {
    return this.byAddress.get(address)?.agent ?? this.strangers.get(address);
  }

  public newVolume(): Volume {
    const number = this.volumes++;
    return new Volume(`${'ab'[number % 2]}${String(number).padStart(7, '0')}-0000-0000-0000-000000000000`);
  }

  /** Deletes a pod as `kubectl delete pod` does; a new one is made when it is gone. */
  public deletePod(index: number, graceMs: number): void {
    const pod = this.pod(index);
    if (!pod) return;
    pod.graceMs = Math.min(pod.graceMs ?? graceMs, graceMs);
    this.api.edit(this.podPath(pod.name), (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: 'now' },
    }));
  }

  /** Deletes the claim of a volume and its pod: the next pod begins with an empty one. */
  public deleteVolume(index: number): void {
    const pod = this.pod(index);
    if (!pod) return;
    this.withoutVolume.add(pod);
    this.deletePod(index, this.manifests.graceMs);
  }

  public podGone(pod: Pod): void {
    this.trace.say(pod.name, 'the pod is gone');
    this.api.handle({ method: 'DELETE', path: this.podPath(pod.name), body: undefined, contentType: '' });
    this.pods.delete(pod.name);
    this.byAddress.delete(pod.address);
    if (this.reusesAddresses) this.strangers.set(pod.address, new Stranger(this, pod.machine));
    if (this.withoutVolume.delete(pod)) pod.slice.volume = this.newVolume();
    this.schedule.after(this.random.between(100, 1_500), () => this.makePod(pod.slice));
  }

  /** The pod has its address: the API server says so, and a while later the DNS does. */
  public publishAddress(pod: Pod): void {
    this.byAddress.set(pod.address, pod);
    this.api.edit(this.podPath(pod.name), (object) => ({ ...object, status: { podIP: pod.address } }));
    this.schedule.after(this.random.between(50, 2_000), () => this.names.set(pod.slice.host, pod.address));
  }

  private makePod(slice: Slice): void {
    const pod = new Pod(this, slice, this.manifests, ++this.made);
    this.pods.set(slice.pod, pod);
    this.api.create(this.podPath(slice.pod), {
      metadata: { name: slice.pod, namespace: this.manifests.config.namespace, labels: {} },
      spec: { nodeName: slice.machine.name },
      status: {},
    });
  }

  private podPath(pod: string): string {
    return `${this.collection('api/v1', 'pods')}/${pod}`;
  }
}
