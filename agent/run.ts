import { readFileSync } from 'node:fs';
import { Assembly } from './assembly';
import type { MakeEngine } from './assembly';
import { monotonicClock } from './clock';
import { Channel } from './channel';
import { parseConfig, parsePlace } from './config';
import { CONFIG_FILE, KEY, ORDERS, PROGRAM_FOLDER } from '../contract/agent-files';
import { kubeOfPod } from './in-cluster';
import { logTo, told } from './log';
import { keysIn } from './mounted-secret';
import { HttpPeers } from './peer';
import { probeAt } from './marking/probe';
import { Eviction } from './marking/eviction';
import { Marking } from './marking/marking';
import type { Tell } from './marking/marking';
import { MarkedPods } from './marking/marked-pods';
import { Votes } from './marking/votes';
import { Events } from './events';
import { serve } from './server';
import { StopOrder } from './stop-order';

/** Runs the agent until it is told to end; `makeEngine` makes what stands beside it. */
export function run(makeEngine: MakeEngine): void {
  const { env } = process;
  const config = parseConfig(readFileSync(env['HEARTBEAT_CONFIG'] ?? `${PROGRAM_FOLDER}/${CONFIG_FILE}`, 'utf8'));
  const place = parsePlace(env, config);
  const log = logTo((line) => process.stdout.write(line), place.pod);
  const pair = `${config.namespace}/${config.name}`;
  const channel = new Channel(
    pair,
    place.pod,
    () => keysIn(KEY),
    () => monotonicClock.now(),
  );
  const others = config.pods.filter((pod) => pod !== place.pod);
  const agent = new Assembly(
    {
      config,
      place,
      clock: monotonicClock,
      kube: kubeOfPod,
      peers: (known) => new HttpPeers(config.port, others, known, channel),
      log,
    },
    makeEngine,
  );
  serve(agent.answers, channel).listen(config.port, () => agent.start());
  if (config.marking) {
    const { namespace, marking, port } = config;
    const kube = kubeOfPod(config.timings.leaseMs);
    const events = new Events(kube, config, place, log);
    const tell: Tell = (...event) => events.tell(...event);
    const probe = probeAt(port);
    const own = new MarkedPods(kube, { namespace, selector: marking.selector });
    const others = (marking.dns ?? []).map((pods) => new MarkedPods(kube, pods));
    const isActive = () => agent.answers.active().active;
    const votes = new Votes(kube, namespace, marking.lease, place.pod);
    const eviction = new Eviction(config.pods, isActive, probe, own, tell, log);
    new Marking(place, monotonicClock, probe, [own, ...others], votes, eviction, tell, log).start();
  }
  void new StopOrder(ORDERS, monotonicClock, () => agent.beforeStop(), log).watch();

  const end = async (signal: string) => {
    await agent.end(signal);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal));
  process.on('unhandledRejection', (error) => {
    log('ended by an error nobody expected', { error: told(error) });
    process.exit(1);
  });
}
