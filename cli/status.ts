import { NAME } from '../contract/labels';
import type { V1Service } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { Cluster, Slice, selectorOf, slicesOf } from './slices';

/**
 * Every slice of the cluster's sites, or of some: where it runs, what it takes of its RAM, whether it is the active one of
 * its pair, and the reason where there is one. Then the addresses of the sites.
 */
export async function status(cluster: Cluster, ...sites: string[]): Promise<string[]> {
  const [slices, services] = await Promise.all([
    slicesOf(cluster, sites),
    cluster.core.listServiceForAllNamespaces({ labelSelector: selectorOf(sites) }),
  ]);
  if (slices.length === 0) {
    throw new Error(
      `the cluster has no slices of ${sites.length === 0 ? 'any site' : `a site '${sites.join("', '")}'`}`,
    );
  }
  const rows = slices.map(row);
  return [...columns([['SLICE', 'ROLE', 'NODE', 'RAM', 'STATE', 'WHY'], ...rows]), ...addresses(services.items)];
}

function row(slice: Slice): string[] {
  const { name, role, node, used, limit, made, part, trouble, said, warned } = slice;
  const ram = `${used === undefined ? '?' : Math.round(used)} of ${limit} MiB`;
  const state = trouble ? (made ? 'not ready' : 'missing') : (part ?? 'ready');
  const why = trouble && warned ? `${trouble}; ${said}` : (trouble ?? (part ? said : ''));
  return [name, role, node ?? '-', ram, state, why];
}

function addresses(services: V1Service[]): string[] {
  const open = services.filter((each) => each.spec?.type === 'LoadBalancer');
  return open.map(({ metadata, spec, status: given }) => {
    const found = (given?.loadBalancer?.ingress ?? []).map((each) => each.hostname ?? each.ip).join(', ');
    const ports = (spec?.ports ?? []).map((each) => each.port).join(', ');
    return `${metadata?.labels?.[NAME]} answers at ${found || 'no address yet'}, port ${ports}`;
  });
}

function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((each) => each[index]?.length ?? 0)));
  return rows.map((each) =>
    each
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
