import { randomBytes } from 'node:crypto';
import type { Clock } from './clock';
import type { Config, Place } from './config';
import { Elector } from './elector';
import type { Agent, Engine } from './engine';
import { EngineMonitor } from './engine-monitor';
import { Events } from './events';
import type { HandoverResult } from './handover';
import { Heartbeat } from './heartbeat';
import type { Kube } from './kube';
import { KubeLease } from './lease';
import type { Log } from './log';
import { exposition, processMetrics } from './metrics';
import type { Metric } from './metrics';
import { Announcer } from './outside';
import type { HttpPeers } from './peer';
import { Pods } from './pods';
import type { Answers } from './server';
import { Traffic } from './traffic';

/** Everything outside the process that an agent uses. */
export interface Surroundings {
  readonly config: Config;
  readonly place: Place;
  readonly clock: Clock;
  /** A client of the Kubernetes API that waits so long for an answer, in milliseconds. */
  readonly kube: (timeoutMs: number) => Kube;
  /** The agents of the other pods, whose addresses `known` returns. */
  readonly peers: (known: () => readonly Place[]) => HttpPeers;
  readonly log: Log;
  /** The time of day, which is written for people. */
  readonly today?: () => Date;
  /** The name of this process in the Lease. @default - the pod's name and a random number */
  readonly identity?: string;
}

/** Makes the engine that stands beside the agent. */
export type MakeEngine = (config: Config, agent: Agent, place: Place, log: Log) => Engine;

/** A whole agent: its parts, made and connected. The program and the simulation run the same one. */
export class Assembly {
  public readonly heartbeat: Heartbeat;
  public readonly elector: Elector;
  /** A restarted container has the same pod name: the lease of its former process is not its own. */
  public readonly identity: string;
  private readonly outside: Announcer;
  private readonly monitor: EngineMonitor;
  private readonly engine: Engine;

  public constructor(
    private readonly around: Surroundings,
    makeEngine: MakeEngine,
  ) {
    const { config, place, clock, log } = around;
    const { timings } = config;
    this.identity = around.identity ?? `${place.pod}_${randomBytes(4).toString('hex')}`;
    // Two tries fit into the time in which the holder stays active without an answer; what else is written may take longer.
    const [kubeForLease, kube] = [around.kube(timings.giveUpMs / 2), around.kube(2 * timings.leaseMs)];
    const pods = new Pods(kube, config, place);
    const peers = around.peers(() => pods.others);
    this.outside = this.makeOutside(kube, pods, peers);
    this.engine = makeEngine(config, this.forEngine(), place, log);
    this.heartbeat = new Heartbeat(config, place, clock, this.engine, this.outside, log);
    this.elector = this.makeElector(kubeForLease, peers);
    this.heartbeat.attach(this.elector);
    this.monitor = new EngineMonitor(this.engine, config.check, clock, (...check) => this.heartbeat.checked(...check));
  }

  public start(): void {
    const { config, log } = this.around;
    log('started', { identity: this.identity, name: config.name, leaseMs: config.timings.leaseMs });
    this.elector.start();
    this.monitor.start();
    this.outside.keep();
  }

  /** Gives the Lease up before the process ends. The engine has ended before this: a sidecar ends last. */
  public async end(signal: string): Promise<void> {
    this.heartbeat.leaving = true;
    await this.heartbeat.abdicate(`it was told to end by ${signal}`, this.around.config.timings.leaseMs);
  }

  /** Hands over before the engine is told to end. */
  public beforeStop(): Promise<HandoverResult> {
    return this.heartbeat.beforeStop();
  }

  /** The answers to the kubelet, the peer, an operator and Prometheus. */
  public get answers(): Answers {
    const { heartbeat, elector } = this;
    return {
      healthy: () => true,
      active: () => ({ active: heartbeat.active(), term: elector.term, pod: this.around.place.pod }),
      switchOver: () => heartbeat.switchOver(),
      status: () => heartbeat.status(),
      answer: (ask) => elector.answer(ask),
      metrics: async () =>
        exposition([...this.figures(), ...processMetrics(), ...((await this.engine.figures?.()) ?? [])]),
    };
  }

  private makeOutside(kube: Kube, pods: Pods, peers: HttpPeers): Announcer {
    const { config, place, clock, log, today } = this.around;
    return new Announcer(
      config,
      place,
      clock,
      kube,
      pods,
      peers,
      config.traffic && new Traffic(kube, config, config.traffic),
      config.reads && new Traffic(kube, config, config.reads),
      new Events(kube, config, place, log, today, clock),
      () => this.elector,
      () => this.heartbeat,
    );
  }

  private makeElector(kube: Kube, peers: HttpPeers): Elector {
    const { config, clock, today } = this.around;
    const { namespace, name, timings, requireLease } = config;
    const lease = new KubeLease(kube, namespace, name, timings.leaseMs / 1000, today);
    const facts = () => this.heartbeat.ownFacts();
    return new Elector(this.identity, timings, requireLease, clock, lease, peers, this.heartbeat, facts);
  }

  private forEngine(): Agent {
    return {
      publish: (facts) => this.heartbeat.publish(facts),
      active: () => this.heartbeat.active(),
      facts: () => this.heartbeat.facts(),
      recheck: () => this.monitor.hurry(),
      noteOfOther: () => this.outside.noteOfOther(),
      otherLeaves: () => this.outside.otherLeaves,
      event: (...event) => this.heartbeat.event(...event),
    };
  }

  private figures(): Metric[] {
    const { heartbeat, elector, monitor } = this;
    const silenceMs = Math.max(0, this.around.clock.now() - elector.reachedAt);
    const gauge = (name: string, help: string, value: number) => ({ name, type: 'gauge', help, value }) as const;
    const counter = (name: string, help: string, value: number) => ({ name, type: 'counter', help, value }) as const;
    return [
      gauge('heartbeat_active', 'whether this pod is the active one', Number(heartbeat.active())),
      gauge('heartbeat_term', 'the fencing number of the lease as last seen', elector.lease?.term ?? 0),
      gauge('heartbeat_engine_well', 'whether the engine passes its check', Number(monitor.well)),
      counter('heartbeat_takeovers_total', 'how often this process became the active one', heartbeat.takeovers),
      gauge(
        'heartbeat_last_takeover_seconds',
        'how long that took, from the last sign of life of the one before',
        heartbeat.lastTakeoverMs / 1000,
      ),
      counter('heartbeat_troubles_total', 'calls that failed', heartbeat.troubles),
      gauge('heartbeat_api_silence_seconds', 'since when the api server has not answered', silenceMs / 1000),
    ];
  }
}
