/** The number of a transaction: a server's uuid and a count. */
export interface Gtid {
  readonly uuid: string;
  readonly number: number;
}

type Range = [from: number, to: number];

/** A set of transactions, as MySQL keeps and writes it. */
export class GtidSet {
  private readonly ranges = new Map<string, Range[]>();

  public static parse(text: string): GtidSet {
    const set = new GtidSet();
    for (const part of text.replace(/\s/g, '').split(',')) {
      if (part === '') continue;
      const [uuid = '', ...intervals] = part.split(':');
      if (intervals.length === 0) throw new Error(`not a set of transactions: ${text}`);
      for (const interval of intervals) {
        const [from, to] = interval.split('-').map(Number);
        if (from === undefined || Number.isNaN(from)) throw new Error(`not a set of transactions: ${text}`);
        set.addRange(uuid, from, to ?? from);
      }
    }
    return set;
  }

  public add({ uuid, number }: Gtid): void {
    const ranges = this.ranges.get(uuid);
    const last = ranges?.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else if (!this.has({ uuid, number })) this.addRange(uuid, number, number);
  }

  public has({ uuid, number }: Gtid): boolean {
    const ranges = this.ranges.get(uuid);
    if (!ranges) return false;
    for (let index = ranges.length - 1; index >= 0; index--) {
      const [from, to] = ranges[index]!;
      if (number >= from) return number <= to;
    }
    return false;
  }

  public get isEmpty(): boolean {
    return this.ranges.size === 0;
  }

  /** The highest number of a server's. */
  public last(uuid: string): number {
    return this.ranges.get(uuid)?.at(-1)?.[1] ?? 0;
  }

  public copy(): GtidSet {
    const set = new GtidSet();
    for (const [uuid, ranges] of this.ranges)
      set.ranges.set(
        uuid,
        ranges.map(([from, to]): Range => [from, to]),
      );
    return set;
  }

  public union(other: GtidSet): GtidSet {
    const set = this.copy();
    for (const [uuid, ranges] of other.ranges) for (const [from, to] of ranges) set.addRange(uuid, from, to);
    return set;
  }

  public subtract(other: GtidSet): GtidSet {
    const set = new GtidSet();
    for (const [uuid, ranges] of this.ranges) {
      let left = ranges;
      for (const [from, to] of other.ranges.get(uuid) ?? [])
        left = left.flatMap(([first, last]): Range[] => {
          if (to < first || last < from) return [[first, last]];
          const before: Range[] = first < from ? [[first, from - 1]] : [];
          return last > to ? [...before, [to + 1, last]] : before;
        });
      if (left.length > 0)
        set.ranges.set(
          uuid,
          left.map(([from, to]): Range => [from, to]),
        );
    }
    return set;
  }

  public isIn(other: GtidSet): boolean {
    return this.subtract(other).isEmpty;
  }

  public toString(): string {
    return [...this.ranges.keys()]
      .sort()
      .map(
        (uuid) =>
          `${uuid}:${this.ranges
            .get(uuid)!
            .map(([from, to]) => (from === to ? from : `${from}-${to}`))
            .join(':')}`,
      )
      .join(',\n');
  }

  private addRange(uuid: string, from: number, to: number): void {
    const all: Range[] = [...(this.ranges.get(uuid) ?? []), [from, to]];
    all.sort(([a], [b]) => a - b);
    const merged: Range[] = [];
    for (const [first, last] of all) {
      const before = merged.at(-1);
      if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
      else merged.push([first, last]);
    }
    this.ranges.set(uuid, merged);
  }
}
