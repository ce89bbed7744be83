import { Cluster } from './cluster';
import { Found, columns } from './output';
import { Slice, slicesOf } from './slices';

/**
 * What slices use of their RAM and of the CPU, the fullest first.
 *
 * @throws where the cluster has no metrics server.
 */
export async function top(cluster: Cluster, sites: readonly string[]): Promise<Found> {
  const slices = await slicesOf(cluster, sites);
  const known = slices.filter(({ used }) => used !== undefined).sort((a, b) => shareOf(b) - shareOf(a));
  if (slices.length > 0 && known.length === 0)
    throw new Error(
      'the cluster does not say what pods use: it needs metrics-server, which needs a minute after its start',
    );
  const rows = known.map(({ name, node, used = 0, limit, usedMillicores = 0 }) => [
    name,
    node ?? '-',
    `${Math.round(usedMillicores)}m`,
    `${Math.round(used)} of ${limit} MiB`,
    `${Math.round((100 * used) / limit)}%`,
  ]);
  const sum = (pick: (slice: Slice) => number) => Math.round(known.reduce((total, each) => total + pick(each), 0));
  const all = [
    '',
    '',
    `${sum((each) => each.usedMillicores ?? 0)}m`,
    `${sum((each) => each.used ?? 0)} of ${sum((each) => each.limit)} MiB`,
  ];
  return {
    data: known.map(({ name, namespace, pod, node, used, limit, usedMillicores }) => ({
      name,
      namespace,
      pod,
      node,
      usedMillicores,
      ram: { usedMebibytes: used, limitMebibytes: limit },
    })),
    lines: columns([['SLICE', 'NODE', 'CPU', 'RAM', 'RAM%'], ...rows, [...all, '']]),
  };
}

function shareOf({ used = 0, limit }: Slice): number {
  return used / limit;
}
