import { addressesOf, sentence } from './addresses';
import { Cluster } from './cluster';
import { Found, columns } from './output';
import { Slice, selectorOf, slicesOf } from './slices';

/**
 * Every slice of the cluster's sites, or of some: where it runs, what it takes of its RAM, whether it is the active one of
 * its pair, and the reason where there is one. Then the addresses of the sites.
 */
export async function status(cluster: Cluster, sites: readonly string[], wide = false): Promise<Found> {
  const slices = await slicesOf(cluster, sites);
  if (slices.length === 0) {
    throw new Error(
      `the cluster has no slices of ${sites.length === 0 ? 'any site' : `a site '${sites.join("', '")}'`}`,
    );
  }
  const open = await addressesOf(cluster, selectorOf(sites));
  const header = ['SLICE', 'ROLE', 'NODE', 'RAM', 'STATE', 'AGE', 'VERSION', 'TAKEOVER', 'WHY'];
  const rows = slices.map((slice) => row(slice, wide));
  return {
    data: { slices: slices.map(dataOf), addresses: open },
    lines: [...columns([wide ? [...WIDE, ...header] : header, ...rows]), ...open.map(sentence)],
  };
}

const WIDE = ['NAMESPACE', 'POD'];

/** One word for how a slice is. */
export function stateOf({ trouble, made, part }: Slice): string {
  if (!made) return 'missing';
  if (!trouble) return part ?? 'ready';
  return trouble.restarted ? (part ?? 'restarted') : 'not ready';
}

function row(slice: Slice, wide: boolean): string[] {
  const { name, namespace, pod, role, node, used, limit, since, image, takeoverMs } = slice;
  const ram = `${used === undefined ? '?' : Math.round(used)} of ${limit} MiB`;
  const version = image === undefined ? '-' : wide ? image : shortened(image);
  const takeover = takeoverMs === undefined ? '-' : `${takeoverMs} ms`;
  const cells = [name, role, node ?? '-', ram, stateOf(slice), ageOf(since), version, takeover, whyOf(slice)];
  return wide ? [namespace, pod, ...cells] : cells;
}

function whyOf({ trouble, part, said, warned }: Slice): string {
  if (!trouble) return part ? said : '';
  return warned ? `${trouble.reason}; ${said}` : trouble.reason;
}

/** `docker.io/library/nginx:1.30` without its registry, and a digest by its first digits. */
function shortened(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.replace(/@sha256:(.{12}).*/, '@$1');
}

/** As kubectl writes it: `45s`, `12m`, `5h`, `3d`. */
export function ageOf(since: Date | undefined, now = Date.now()): string {
  if (!since) return '-';
  const seconds = Math.max(0, Math.round((now - since.getTime()) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

function dataOf(slice: Slice): object {
  const { name, role, namespace, pod, node, used, limit, part, trouble, said, since, image, takeoverMs } = slice;
  return {
    name,
    role,
    namespace,
    pod,
    node,
    ram: { usedMebibytes: used, limitMebibytes: limit },
    state: stateOf(slice),
    part,
    since,
    image,
    takeoverMs,
    trouble: trouble?.reason,
    lastChange: said || undefined,
  };
}
