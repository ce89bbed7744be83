import type { CoreV1Event } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { PART_OF } from '../contract/labels';
import { Cluster } from './cluster';
import { Found, columns } from './output';
import { selectorOf } from './slices';
import { ageOf } from './status';
import { workloadsOf } from './workloads';

/** What happened to the objects of some sites, or of all, the newest last. */
export async function eventsOf(cluster: Cluster, sites: readonly string[], type?: string): Promise<Found> {
  const [workloads, events] = await Promise.all([workloadsOf(cluster, selectorOf(sites)), cluster.events()]);
  const own = new Set(workloads.map(({ namespace, labels }) => `${namespace}/${labels[PART_OF]}`));
  // Everything of a site has the site's name before its own.
  const isOwn = ({ namespace = '', name = '' }: CoreV1Event['involvedObject']) =>
    [...own].some((each) => `${namespace}/${name}-`.startsWith(`${each}-`));
  const found = events
    .filter((each) => isOwn(each.involvedObject) && (type === undefined || each.type === type))
    .sort((a, b) => timeOf(a) - timeOf(b));
  const rows = found.map((each) => {
    const { kind = '', name = '' } = each.involvedObject;
    const count = (each.count ?? 1) > 1 ? ` (${each.count} times)` : '';
    const message = `${each.message ?? ''}${count}`.replaceAll(/\s+/g, ' ');
    return [
      ageOf(new Date(timeOf(each))),
      each.type ?? '',
      each.reason ?? '',
      `${kind.toLowerCase()}/${name}`,
      message,
    ];
  });
  return { data: found.map(dataOf), lines: columns([['LAST', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'], ...rows]) };
}

function dataOf(event: CoreV1Event): object {
  const { involvedObject, type, reason, message, count } = event;
  const { namespace, kind, name } = involvedObject;
  return { time: new Date(timeOf(event)), namespace, kind, name, type, reason, message, count };
}

function timeOf({ series, lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  const last = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return new Date(last ?? 0).getTime();
}
