import { Relation, SiteGraph } from './site-graph';

/** A place in a row of the picture: a role's, or one that keeps a lane free for an arrow that passes by. */
export interface Place {
  readonly role: string | undefined;
  readonly row: number;
  /** Places that arrows lead to, in the row below. */
  readonly below: Place[];
  readonly above: Place[];
}

/** An arrow's way through the rows: its two roles, and the lanes between them. */
export interface Way {
  readonly relation: Relation;
  readonly places: Place[];
}

export interface Layers {
  readonly rows: Place[][];
  readonly ways: Way[];
}

/**
 * Sorts roles into rows so that arrows lead down, and within each row so that few of them cross.
 *
 * The way is Sugiyama's: rows by the longest way to a role, lanes for arrows that pass a row, and in each row the order of
 * the mean place of what is connected to it.
 */
export function layersOf({ roles, relations }: SiteGraph): Layers {
  const forward = withoutCircles(
    roles.map((each) => each.name),
    relations,
  );
  const rowOf = new Map<string, number>();
  const into = (name: string) => forward.filter((each) => each.to === name);
  const depth = (name: string): number => {
    const known = rowOf.get(name);
    if (known !== undefined) return known;
    const row = Math.max(-1, ...into(name).map((each) => depth(each.from))) + 1;
    rowOf.set(name, row);
    return row;
  };
  for (const role of roles) depth(role.name);
  // What nobody connects to stands right above what it uses, unless it is at the site's front.
  for (const role of roles.filter((each) => !each.facesTheWorld && into(each.name).length === 0)) {
    const used = forward.filter((each) => each.from === role.name).map((each) => depth(each.to));
    if (used.length > 0) rowOf.set(role.name, Math.min(...used) - 1);
  }
  return order(
    roles.map((each) => each.name),
    forward,
    rowOf,
  );
}

/** Leaves out the relations that lead back to where one came from. */
function withoutCircles(names: string[], relations: Relation[]): Relation[] {
  const kept: Relation[] = [];
  const reaches = (from: string, to: string): boolean =>
    from === to || kept.some((each) => each.from === from && reaches(each.to, to));
  for (const name of names) {
    for (const relation of relations.filter((each) => each.from === name)) {
      if (!reaches(relation.to, relation.from)) kept.push(relation);
    }
  }
  return kept;
}

function order(names: string[], relations: Relation[], rowOf: Map<string, number>): Layers {
  const rows: Place[][] = Array.from({ length: Math.max(...rowOf.values()) + 1 }, () => []);
  const add = (role: string | undefined, row: number): Place => {
    const place: Place = { role, row, below: [], above: [] };
    rows[row]?.push(place);
    return place;
  };
  const places = new Map(names.map((name) => [name, add(name, rowOf.get(name) ?? 0)]));
  const ways = relations.map((relation): Way => {
    const from = places.get(relation.from) as Place;
    const to = places.get(relation.to) as Place;
    const lanes = Array.from({ length: to.row - from.row - 1 }, (_, index) => add(undefined, from.row + 1 + index));
    const all = [from, ...lanes, to];
    for (let index = 1; index < all.length; index++) {
      all[index - 1]?.below.push(all[index] as Place);
      all[index]?.above.push(all[index - 1] as Place);
    }
    return { relation, places: all };
  });
  return { rows: fewestCrossings(rows), ways };
}

/** Sweeps down and up, and keeps the best order that it has seen. */
function fewestCrossings(rows: Place[][]): Place[][] {
  let current = rows;
  let best = rows;
  for (let sweep = 0; sweep < 24; sweep++) {
    const down = sweep % 2 === 0;
    const next = current.map((row) => [...row]);
    for (const index of down ? next.keys() : [...next.keys()].reverse()) {
      const fixed = next[down ? index - 1 : index + 1];
      if (fixed) next[index] = sortedByMean(next[index] ?? [], fixed, down ? 'above' : 'below');
    }
    current = next;
    if (crossings(current) < crossings(best)) best = current;
  }
  return best;
}

function sortedByMean(row: Place[], fixed: Place[], side: 'above' | 'below'): Place[] {
  const mean = (place: Place, own: number): number => {
    const linked = place[side].map((each) => fixed.indexOf(each) / Math.max(1, fixed.length - 1));
    const stay = own / Math.max(1, row.length - 1);
    return linked.length > 0 ? linked.reduce((sum, each) => sum + each, 0) / linked.length : stay;
  };
  return row
    .map((place, index) => ({ place, index, mean: mean(place, index) }))
    .sort((a, b) => a.mean - b.mean || a.index - b.index)
    .map(({ place }) => place);
}

function crossings(rows: Place[][]): number {
  let count = 0;
  rows.slice(1).forEach((row, index) => {
    const links = (rows[index] ?? []).flatMap((place, at) =>
      place.below.map((each) => [at, row.indexOf(each)] as const),
    );
    for (const [a, b] of links) for (const [c, d] of links) if (a < c && b > d) count++;
  });
  return count;
}
