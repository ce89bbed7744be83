/** Something that runs on a node, and what it asks for there. */
export interface Load {
  readonly name: string;
  /** Loads of one group are spread: as many on each node as on another, or one more. */
  readonly group: string;
  readonly mebibytes: number;
  readonly millicores: number;
  /** The nodes that it may run on. */
  readonly nodes: readonly string[];
}

/** What a node has left for the loads. */
export interface Room {
  readonly name: string;
  readonly mebibytes: number;
  readonly millicores: number;
}

/** So many steps are enough for any site that has ever been planned; beyond them the answer is the best that was found. */
const STEPS = 200_000;

/**
 * Finds a node for each load: where each goes, and which have none.
 *
 * It goes back over its choices, so that a site fits where there is any way at all, not only the one that a scheduler takes first.
 */
export function pack(loads: readonly Load[], rooms: readonly Room[]): { places: Map<string, string>; left: Load[] } {
  const order = [...loads].sort((a, b) => b.mebibytes - a.mebibytes || b.millicores - a.millicores);
  const free = new Map(rooms.map(({ name, ...rest }) => [name, { ...rest }]));
  const most = mostOfGroup(loads, free);
  const placed: (string | undefined)[] = [];
  let best: (string | undefined)[] = [];
  let steps = 0;
  const count = (group: string, node: string) =>
    order.filter((each, at) => each.group === group && placed[at] === node).length;
  const isBetter = () => placed.filter(Boolean).length > best.filter(Boolean).length;

  const place = (at: number): boolean => {
    if (isBetter()) best = [...placed];
    const load = order[at];
    if (!load) return true;
    const fitting = load.nodes
      .filter((node) => fits(load, free.get(node)) && count(load.group, node) < (most.get(load.group) ?? 0))
      .sort((a, b) => (free.get(b)?.mebibytes ?? 0) - (free.get(a)?.mebibytes ?? 0));
    for (const node of fitting) {
      if (steps++ > STEPS) return false;
      take(free, node, load, 1);
      placed[at] = node;
      if (place(at + 1)) return true;
      placed[at] = undefined;
      take(free, node, load, -1);
    }
    return false;
  };

  if (!place(0)) best = greedy(order, rooms, most, best);
  else best = [...placed];
  return {
    places: new Map(order.flatMap(({ name }, at) => (best[at] === undefined ? [] : [[name, best[at]] as const]))),
    left: order.filter((_, at) => best[at] === undefined),
  };
}

/** Where not all fit: as many as go in, the largest first. */
function greedy(
  order: readonly Load[],
  rooms: readonly Room[],
  most: ReadonlyMap<string, number>,
  best: (string | undefined)[],
): (string | undefined)[] {
  const free = new Map(rooms.map(({ name, ...rest }) => [name, { ...rest }]));
  const placed: (string | undefined)[] = [];
  order.forEach((load, at) => {
    const isFull = (node: string) =>
      order.filter((each, index) => each.group === load.group && placed[index] === node).length >=
      (most.get(load.group) ?? 0);
    const node = load.nodes.find((each) => fits(load, free.get(each)) && !isFull(each));
    placed[at] = node;
    if (node !== undefined) take(free, node, load, 1);
  });
  return placed.filter(Boolean).length >= best.filter(Boolean).length ? placed : best;
}

type Free = Map<string, { mebibytes: number; millicores: number }>;

/** How many of a group may be on one node, for none of its nodes to have two fewer. */
function mostOfGroup(loads: readonly Load[], free: Free): Map<string, number> {
  return new Map(
    [...new Set(loads.map(({ group }) => group))].map((group) => {
      const own = loads.filter((each) => each.group === group);
      const nodes = new Set(own.flatMap((each) => each.nodes).filter((node) => free.has(node)));
      return [group, Math.ceil(own.length / Math.max(1, nodes.size))];
    }),
  );
}

function fits(load: Load, room: { mebibytes: number; millicores: number } | undefined): boolean {
  return room !== undefined && load.mebibytes <= room.mebibytes && load.millicores <= room.millicores;
}

function take(free: Free, node: string, load: Load, sign: 1 | -1): void {
  const room = free.get(node);
  if (!room) return;
  room.mebibytes -= sign * load.mebibytes;
  room.millicores -= sign * load.millicores;
}
