import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { monotonicClock } from './clock';
import { parseConfig, parsePlace } from './config';
import type { Config } from './config';
import { Elector } from './elector';
import type { Agent, Engine } from './engine';
import { EngineMonitor } from './engine-monitor';
import { Events } from './events';
import { Heartbeat } from './heartbeat';
import { Kube } from './kube';
import { KubeLease } from './lease';
import { logTo, told } from './log';
import { exposition, processMetrics } from './metrics';
import { Announcer } from './outside';
import { HttpPeers } from './peer';
import { Pods } from './pods';
import { serve } from './server';
import { Traffic } from './traffic';

const CREDENTIALS = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Runs the agent until it is told to end; `makeEngine` makes what stands beside it. */
export function run(makeEngine: (config: Config, agent: Agent) => Engine): void {
  const { env } = process;
  const clock = monotonicClock;
  const config = parseConfig(readFileSync(env['HEARTBEAT_CONFIG'] ?? '/agent/config.json', 'utf8'));
  const place = parsePlace(env, config);
  const { namespace, name, timings } = config;
  const log = logTo((line) => process.stdout.write(line), place.pod);

  const kubeWithin = (timeoutMs: number) =>
    new Kube({
      host: env['KUBERNETES_SERVICE_HOST'] ?? 'kubernetes.default.svc',
      port: Number(env['KUBERNETES_SERVICE_PORT'] ?? 443),
      credentials: CREDENTIALS,
      timeoutMs,
      clock,
    });
  // Two tries fit into the time in which the holder stays active without an answer; what else is written may take longer.
  const [kubeForLease, kube] = [kubeWithin(timings.giveUpMs / 2), kubeWithin(2 * timings.leaseMs)];
  const pods = new Pods(kube, config, place);
  const peers = new HttpPeers(
    config.port,
    config.pods.filter((pod) => pod !== place.pod),
    () => pods.others,
  );
  const traffic = config.traffic && new Traffic(kube, config, config.traffic);
  const reads = config.reads && new Traffic(kube, config, config.reads);
  const events = new Events(kube, config, place, log);
  const outside = new Announcer(
    config,
    place,
    clock,
    kube,
    pods,
    peers,
    traffic,
    reads,
    events,
    () => elector,
    () => heartbeat,
  );

  let heartbeat: Heartbeat;
  const engine = makeEngine(config, {
    publish: (facts) => heartbeat.publish(facts),
    active: () => heartbeat.active(),
    facts: () => heartbeat.facts(),
    recheck: () => monitor.hurry(),
    noteOfOther: () => outside.noteOfOther(),
    otherLeaves: () => outside.otherLeaves,
    event: (...event) => heartbeat.event(...event),
  });
  heartbeat = new Heartbeat(config, place, clock, engine, outside, log);
  // A restarted container has the same pod name: the lease of its former process is not its own.
  const identity = `${place.pod}_${randomBytes(4).toString('hex')}`;
  const lease = new KubeLease(kubeForLease, namespace, name, timings.leaseMs / 1000);
  const elector = new Elector(identity, timings, config.strict, clock, lease, peers, heartbeat, () =>
    heartbeat.ownFacts(),
  );
  heartbeat.attach(elector);
  const monitor = new EngineMonitor(engine, config.check, clock, (...check) => heartbeat.checked(...check));

  const server = serve({
    healthy: () => true,
    active: () => ({ active: heartbeat.active(), term: elector.term, pod: place.pod }),
    handOver: () => heartbeat.handOver(),
    switchOver: () => heartbeat.switchOver(),
    status: () => heartbeat.status(),
    answer: (ask) => elector.answer(ask),
    metrics: async () =>
      exposition([
        {
          name: 'heartbeat_active',
          type: 'gauge',
          help: 'whether this pod is the active one',
          value: Number(heartbeat.active()),
        },
        {
          name: 'heartbeat_term',
          type: 'gauge',
          help: 'the fencing number of the lease as last seen',
          value: elector.lease?.term ?? 0,
        },
        {
          name: 'heartbeat_engine_well',
          type: 'gauge',
          help: 'whether the engine passes its check',
          value: Number(monitor.well),
        },
        {
          name: 'heartbeat_takeovers_total',
          type: 'counter',
          help: 'how often this process became the active one',
          value: heartbeat.takeovers,
        },
        {
          name: 'heartbeat_last_takeover_seconds',
          type: 'gauge',
          help: 'how long that took, from the last sign of life of the one before',
          value: heartbeat.lastTakeoverMs / 1000,
        },
        { name: 'heartbeat_troubles_total', type: 'counter', help: 'calls that failed', value: heartbeat.troubles },
        {
          name: 'heartbeat_api_silence_seconds',
          type: 'gauge',
          help: 'since when the api server has not answered',
          value: Math.max(0, clock.now() - elector.reachedAt) / 1000,
        },
        ...processMetrics(),
        ...((await engine.figures?.()) ?? []),
      ]),
  });
  server.listen(config.port, () => {
    log('started', { identity, name, leaseMs: timings.leaseMs });
    elector.start();
    monitor.start();
    outside.keep();
  });

  // The engine has ended before this: a sidecar ends last.
  const end = async (signal: string) => {
    heartbeat.leaving = true;
    await heartbeat.abdicate(`it was told to end by ${signal}`, timings.leaseMs);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal));
  process.on('unhandledRejection', (error) => {
    log('ended by an error nobody expected', { error: told(error) });
    process.exit(1);
  });
}
