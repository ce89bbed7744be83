import { Command } from '../command';
import { connect } from '../connection';
import { defaultFolder, readManifests } from '../manifests';
import { CLUSTER, HELP, OUTPUT } from '../options';
import { printed } from '../output';
import { linesOf, plansOf } from '../plan';

export const plan: Command = {
  name: 'plan',
  summary: 'Say whether a site fits on the nodes, with any one of them lost',
  about: `Says whether the slices of the site in FOLDER fit on the nodes of the cluster, beside the pods of others that are there: with all nodes,
and with any one of them lost. It counts RAM, CPU, labels, taints, the spread of each role, and where volumes already are. The exit code
is 1 where the site does not fit. Autoscaled slices count by their number in the manifests; Jobs do not count.`,
  arguments: [{ name: 'FOLDER' }],
  options: { ...CLUSTER, ...OUTPUT, ...HELP },
  examples: ['plan', 'plan dist -o wide'],
  async run(call) {
    const manifests = readManifests(call.args[0] ?? defaultFolder());
    const { client, config } = await connect(call);
    const core = config.makeApiClient(client.CoreV1Api);
    const [nodes, pods, volumes] = await Promise.all([
      core.listNode(),
      core.listPodForAllNamespaces(),
      core.listPersistentVolume(),
    ]);
    const plans = plansOf(manifests, { nodes: nodes.items, pods: pods.items, volumes: volumes.items });
    const format = call.text('output');
    const lines = plans.flatMap((each) => [...linesOf(each), ...(format === 'wide' ? placesOf(each.places) : [])]);
    call.streams.out(printed(format, { data: plans, lines }));
    return plans.some(({ left }) => left.length > 0) ? 1 : 0;
  },
};

/** A line for each node, with the slices that it would have. */
function placesOf(places: Readonly<Record<string, string>>): string[] {
  const nodes = [...new Set(Object.values(places))].sort();
  return nodes.map(
    (node) =>
      `  ${node}: ${Object.keys(places)
        .filter((slice) => places[slice] === node)
        .join(', ')}`,
  );
}
