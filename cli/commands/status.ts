import { Command } from '../command';
import { HELP, NAMESPACES, OUTPUT } from '../options';
import { printed } from '../output';
import { status as statusOf } from '../status';
import { clusterFor } from './connected';

export const status: Command = {
  name: 'status',
  summary: 'Show every slice: its node, its RAM, whether it is active, and why',
  about: `Shows every slice of the sites that are named, or of all: where it runs, what it takes of its RAM, whether it is the active one of
its pair, and the reason where it is not ready. Then the addresses of the sites.`,
  arguments: [{ name: 'SITE', rest: true }],
  options: { ...NAMESPACES, ...OUTPUT, ...HELP },
  examples: ['status', 'status dfw -o json', 'status -n dfw'],
  async run(call) {
    const { cluster } = await clusterFor(call);
    const format = call.text('output');
    call.streams.out(printed(format, await statusOf(cluster, call.args, format === 'wide')));
  },
};
