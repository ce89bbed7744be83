import { setTimeout as sleep } from 'node:timers/promises';
import { kubectl } from '../apply';
import { Command } from '../command';
import { announce } from '../connection';
import { CHANGES, HELP, NAMESPACES } from '../options';
import { output } from '../programs';
import { linesOf, planReplacement, replace as replaceSlice, waitForReplacement } from '../replace';
import { clusterFor } from './connected';
import { secondsOf } from './up';

/** How often the cluster is asked, in milliseconds. */
const PAUSE = 2000;

export const replace: Command = {
  name: 'replace',
  summary: 'Make a slice anew whose node, and volume, are lost',
  about: `Makes a slice anew on another node, after its machine was lost for good: it deletes the claim of its volume and its pod, and waits until the
slice has its copy again. It says what is lost, and asks. It refuses where the slice works, and where no other slice has the whole copy. A
volume that can move to another node is kept. Slices that keep nothing, such as web, are replaced by Kubernetes itself.`,
  arguments: [{ name: 'SLICE', required: true }],
  options: {
    ...NAMESPACES,
    timeout: { type: 'string', value: 'TIME', help: 'How long to wait for the copy, such as 15m (default 1h).' },
    'lose-files': { type: 'boolean', help: 'Go on although files of a MogileFS have their only copy on it.' },
    ...CHANGES,
    ...HELP,
  },
  examples: ['replace dfw-db02', 'replace dfw-mail01 --yes'],
  async run(call) {
    const seconds = secondsOf(call.text('timeout') ?? '1h');
    const { connection, cluster } = await clusterFor(call);
    const run = (...args: string[]) => output(kubectl(connection.kubectl), args);
    const core = connection.config.makeApiClient(connection.client.CoreV1Api);
    const [nodes, volumes] = await Promise.all([core.listNode(), core.listPersistentVolume()]);
    const plan = await planReplacement(
      {
        cluster,
        nodes: nodes.items,
        volumes: volumes.items,
        claims: async (namespace) => (await core.listNamespacedPersistentVolumeClaim({ namespace })).items,
        exec: (namespace) => (pod, container, command) =>
          run('exec', `--namespace=${namespace}`, `--container=${container}`, pod, '--', ...command),
      },
      call.args[0] ?? '',
      call.has('lose-files'),
    );
    announce(call, connection);
    for (const line of linesOf(plan)) call.say(line);
    if (call.isDryRun) return call.say(`${plan.slice} would be made anew`);
    if (!call.has('yes') && !call.streams.ask) throw new Error(`write -y to make ${plan.slice} anew`);
    await call.confirm(`make ${plan.slice} anew?`);
    await replaceSlice(plan, run);
    await waitForReplacement(plan, cluster, seconds, call.say, () => sleep(PAUSE));
  },
};
