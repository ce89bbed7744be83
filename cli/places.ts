import { Layers, Place } from './layers';

/** How much room each place takes. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

/** Where a place is: its middle, and its upper edge. */
export interface Spot extends Room {
  readonly x: number;
  readonly y: number;
}

const BESIDE = 30;
const BETWEEN_ROWS = 64;
const SWEEPS = 30;

/** Gives every place its spot: as near to what it is connected to as the others in its row leave room for. */
export function spotsOf({ rows }: Layers, room: (place: Place) => Room, top: number): Map<Place, Spot> {
  const x = new Map<Place, number>();
  for (const row of rows) lineUp(row, room, x, () => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const row of sweep % 2 === 0 ? rows : [...rows].reverse()) {
      lineUp(row, room, x, (place) => {
        const linked = [...place.above, ...place.below].map((each) => x.get(each) ?? 0);
        return linked.length > 0 ? mean(linked) : (x.get(place) ?? 0);
      });
    }
  }
  const spots = new Map<Place, Spot>();
  let y = top;
  for (const row of rows) {
    const height = Math.max(...row.map((place) => room(place).height));
    for (const place of row) {
      const own = room(place);
      spots.set(place, { x: x.get(place) ?? 0, y, width: own.width, height: place.role ? own.height : height });
    }
    y += height + BETWEEN_ROWS;
  }
  return spots;
}

/**
 * Puts a row's places as near to where they would like to be as their order and room allow: places that would overlap are
 * joined to a block, which stands at the mean of what its places would like.
 */
function lineUp(
  row: Place[],
  room: (place: Place) => Room,
  x: Map<Place, number>,
  wish: (place: Place) => number,
): void {
  let offset = 0;
  const blocks: { places: Place[]; offsets: number[]; wishes: number[] }[] = [];
  const at = (block: { wishes: number[] }) => mean(block.wishes);
  row.forEach((place, index) => {
    const before = row[index - 1];
    if (before) offset += room(before).width / 2 + BESIDE + room(place).width / 2;
    blocks.push({ places: [place], offsets: [offset], wishes: [wish(place) - offset] });
    for (;;) {
      const [last, former] = [blocks.at(-1), blocks.at(-2)];
      if (!last || !former || at(former) < at(last)) break;
      blocks.splice(-2, 2, {
        places: [...former.places, ...last.places],
        offsets: [...former.offsets, ...last.offsets],
        wishes: [...former.wishes, ...last.wishes],
      });
    }
  });
  for (const block of blocks) {
    block.places.forEach((place, index) => x.set(place, at(block) + (block.offsets[index] ?? 0)));
  }
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
