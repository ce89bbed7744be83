import { NAME } from '../contract/labels';
import type { V1Service } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { Cluster } from './cluster';
import { Found, columns } from './output';
import { Slice, selectorOf, slicesOf } from './slices';

/**
 * Every slice of the cluster's sites, or of some: where it runs, what it takes of its RAM, whether it is the active one of
 * its pair, and the reason where there is one. Then the addresses of the sites.
 */
export async function status(cluster: Cluster, sites: readonly string[], wide = false): Promise<Found> {
  const [slices, services] = await Promise.all([slicesOf(cluster, sites), cluster.services(selectorOf(sites))]);
  if (slices.length === 0) {
    throw new Error(
      `the cluster has no slices of ${sites.length === 0 ? 'any site' : `a site '${sites.join("', '")}'`}`,
    );
  }
  const open = services.filter((each) => each.spec?.type === 'LoadBalancer').map(addressOf);
  const header = ['SLICE', 'ROLE', 'NODE', 'RAM', 'STATE', 'WHY'];
  const rows = slices.map((slice) => row(slice, wide));
  return {
    data: { slices: slices.map(dataOf), addresses: open },
    lines: [...columns([wide ? [...WIDE, ...header] : header, ...rows]), ...open.map(sentence)],
  };
}

const WIDE = ['NAMESPACE', 'POD'];

export function stateOf({ trouble, made, part }: Slice): string {
  return trouble ? (made ? 'not ready' : 'missing') : (part ?? 'ready');
}

function row(slice: Slice, wide: boolean): string[] {
  const { name, namespace, pod, role, node, used, limit, part, trouble, said, warned } = slice;
  const why = trouble && warned ? `${trouble}; ${said}` : (trouble ?? (part ? said : ''));
  const ram = `${used === undefined ? '?' : Math.round(used)} of ${limit} MiB`;
  const place = wide ? [namespace, pod] : [];
  return [...place, name, role, node ?? '-', ram, stateOf(slice), why];
}

function dataOf(slice: Slice): object {
  const { name, role, namespace, pod, node, used, limit, part, trouble, said } = slice;
  const ram = { usedMebibytes: used, limitMebibytes: limit };
  return { name, role, namespace, pod, node, ram, state: stateOf(slice), part, trouble, lastChange: said || undefined };
}

interface Address {
  readonly role: string | undefined;
  readonly addresses: (string | undefined)[];
  readonly ports: number[];
}

function addressOf({ metadata, spec, status: given }: V1Service): Address {
  return {
    role: metadata?.labels?.[NAME],
    addresses: (given?.loadBalancer?.ingress ?? []).map((each) => each.hostname ?? each.ip),
    ports: (spec?.ports ?? []).map((each) => each.port),
  };
}

function sentence({ role, addresses, ports }: Address): string {
  return `${role} answers at ${addresses.join(', ') || 'no address yet'}, port ${ports.join(', ')}`;
}
