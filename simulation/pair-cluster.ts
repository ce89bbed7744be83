import { ROOM } from './files';
import { KEY } from '../contract/agent-files';
import type { AgentSurroundings, Answering, SimulatedAgent } from './agent';
import { ApiServer } from './api-server';
import type { Manifests } from './config';
import type { LeaseJudge } from './lease-judge';
import { Machine } from './machine';
import { Network } from './network';
import { Pod } from './pod';
import type { Container, Slice } from './pod';
import { Random } from './random';
import { Schedule } from './schedule';
import { ServiceProxy } from './service';
import { Trace } from './trace';

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

/** The modelled cluster with one pair of servers: everything that does not depend on which server it is. */
export abstract class PairCluster<
  S extends Slice = Slice,
  C extends Container = Container,
> implements AgentSurroundings {
  public readonly schedule = new Schedule();
  public readonly random: Random;
  public readonly network: Network;
  public readonly api: ApiServer;
  public readonly trace: Trace;
  public abstract readonly slices: readonly S[];
  public abstract readonly service: ServiceProxy;
  public abstract readonly judge: LeaseJudge;
  public readonly secrets = new Map<string, string>();
  public rollingOut = false;
  /** Whether a volume was lost in this wave of faults. */
  public volumeLost = false;
  /** The pods by their names; there is none between the end of one and the next. */
  public readonly pods = new Map<string, Pod<S, C>>();
  protected readonly byAddress = new Map<string, Pod<S, C>>();
  protected readonly names = new Map<string, string>();
  private made = 0;

  public constructor(
    public readonly setting: Setting,
    /** What the pods are made from that are made from now on. */
    public manifests: Manifests,
  ) {
    this.random = new Random(setting.seed);
    this.network = new Network(this.schedule, this.random);
    this.api = new ApiServer(this.schedule, this.random);
    this.trace = new Trace(this.schedule, 400, setting.print);
    for (const { user, folder } of this.engine.accounts) this.secrets.set(`${folder}/password`, `password of ${user}`);
    this.secrets.set(`${KEY}/password`, 'key of the pair');
  }

  /** A whole agent of a pod. */
  public abstract makeAgent(pod: Pod<S, C>, identity: string, ended: () => void): SimulatedAgent;

  /** The server's container of a pod. */
  public abstract makeContainer(pod: Pod<S, C>, exited: (code: number) => void): C;

  /** A machine is about to lose its power: its volume keeps what was on the disk. */
  public abstract powerLost(slice: S): void;

  /** What the agents' configuration says of their servers. */
  public get engine() {
    const { engine } = this.manifests.config;
    if (engine.kind !== 'mysql' && engine.kind !== 'valkey')
      throw new Error(`the simulation runs servers with data, got ${engine.kind}`);
    return engine;
  }

  /** The folder in which an agent says what its server is. */
  public get fence(): string {
    return this.engine.fence;
  }

  /** The folder of an API's objects in the namespace of the pair. */
  public collection(group: string, kind: string): string {
    return `/${group}/namespaces/${this.manifests.config.namespace}/${kind}`;
  }

  public get leasePath(): string {
    return `${this.collection('apis/coordination.k8s.io/v1', 'leases')}/${this.manifests.config.name}`;
  }

  /** The pod of a slice; undefined between the end of one and the next. */
  public pod(index: number): Pod<S, C> | undefined {
    return this.pods.get(this.slices[index]!.pod);
  }

  public get allPods(): Pod<S, C>[] {
    return [...this.pods.values()];
  }

  public get agents(): SimulatedAgent[] {
    return this.allPods.flatMap(({ agent }) => agent ?? []);
  }

  public agentAt(address: string): Answering | undefined {
    return this.byAddress.get(address)?.agent;
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

  public podGone(pod: Pod<S, C>): void {
    this.trace.say(pod.name, 'the pod is gone');
    this.api.handle({ method: 'DELETE', path: this.podPath(pod.name), body: undefined, contentType: '' });
    this.pods.delete(pod.name);
    this.byAddress.delete(pod.address);
    this.leaves?.(pod);
    this.schedule.after(this.random.between(100, 1_500), () => this.makePod(pod.slice));
  }

  /** The pod has its address: the API server says so, and a while later the DNS does. */
  public publishAddress(pod: Pod<S, C>): void {
    this.byAddress.set(pod.address, pod);
    this.api.edit(this.podPath(pod.name), (object) => ({ ...object, status: { podIP: pod.address } }));
    this.schedule.after(this.random.between(50, 2_000), () => this.names.set(pod.slice.host, pod.address));
  }

  /** A pod is gone, and the next one is not made yet. */
  protected leaves?(pod: Pod<S, C>): void;

  /** What every slice has, by its number. */
  protected sliceOf(index: number): Slice {
    const pod = this.manifests.config.pods[index]!;
    const machine = new Machine(`node${index + 1}`, this.schedule, this.random, this.setting.rates[index]!);
    return { index, pod, host: this.engine.slices[pod]!, machine, freeMebibytes: ROOM };
  }

  protected makePod(slice: S): void {
    const pod = new Pod<S, C>(this, slice, this.manifests, ++this.made);
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
