import { AGENT_PORT } from '../../contract/agent-api';
import { Command } from '../command';
import { announce } from '../connection';
import { CHANGES, HELP, NAMESPACES } from '../options';
import { askPod } from '../port';
import { pairOf, switchover as switchOver } from '../switchover';
import { clusterFor } from './connected';

/** An agent gives up before that, and says so. */
const SWITCHOVER_MS = 20_000;

export const switchover: Command = {
  name: 'switchover',
  summary: 'Make the standby slice of a pair the active one',
  about: `Makes the standby slice of a pair, such as db or lb, the active one, before work on the other. It says how long it took, or why it was
not done.`,
  arguments: [{ name: 'ROLE', required: true }, { name: 'SITE' }],
  options: { ...NAMESPACES, ...CHANGES, ...HELP },
  examples: ['switchover db', 'switchover lb dfw'],
  async run(call) {
    const [role = '', site] = call.args;
    const { connection, cluster } = await clusterFor(call);
    const pair = await pairOf(cluster, role, site);
    announce(call, connection);
    await call.confirm(`let another slice of ${role} take over from ${pair.active}?`);
    if (call.isDryRun) return call.say(`${pair.active} would be asked to hand over`);
    const forwarder = new connection.client.PortForward(connection.config);
    call.say(
      await switchOver(pair, (namespace, pod, request) =>
        askPod(forwarder, [namespace, pod], AGENT_PORT, request, SWITCHOVER_MS),
      ),
    );
  },
};
