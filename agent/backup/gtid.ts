/** Sets of transactions as MySQL writes them: `uuid:1-5:9,uuid:1`. */
export class GtidSet {
  private readonly ranges = new Map<string, [number, number][]>();

  public constructor(text = '') {
    for (const part of text.split(',').map((each) => each.trim())) {
      if (part === '') continue;
      const [uuid = '', ...intervals] = part.split(':');
      if (!/^[0-9a-f-]{36}$/i.test(uuid) || intervals.length === 0)
        throw new Error(`not a set of transactions: ${part}`);
      for (const interval of intervals) {
        const match = /^(\d+)(?:-(\d+))?$/.exec(interval);
        // Since MySQL 8.3 a client may tag its transactions, which nothing here does.
        if (!match) throw new Error(`a set with tagged transactions is not supported: ${part}`);
        this.addRange(uuid.toLowerCase(), Number(match[1]), Number(match[2] ?? match[1]));
      }
    }
  }

  public add(uuid: string, number: number): void {
    this.addRange(uuid, number, number);
  }

  public addAll(other: GtidSet): void {
    for (const [uuid, ranges] of other.ranges) for (const [from, to] of ranges) this.addRange(uuid, from, to);
  }

  public has(uuid: string, number: number): boolean {
    return (this.ranges.get(uuid) ?? []).some(([from, to]) => from <= number && number <= to);
  }

  /** Whether all of it is in the other. Ranges never touch, so each has to be inside one. */
  public isIn(other: GtidSet): boolean {
    return [...this.ranges].every(([uuid, ranges]) =>
      ranges.every(([from, to]) => (other.ranges.get(uuid) ?? []).some(([first, last]) => first <= from && to <= last)),
    );
  }

  public toString(): string {
    return [...this.ranges.keys()]
      .sort()
      .map((uuid) =>
        [uuid, ...this.ranges.get(uuid)!.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))].join(':'),
      )
      .join(',');
  }

  private addRange(uuid: string, from: number, to: number): void {
    const all: [number, number][] = [...(this.ranges.get(uuid) ?? []), [from, to]];
    all.sort(([a], [b]) => a - b);
    const merged: [number, number][] = [];
    for (const [first, last] of all) {
      const before = merged.at(-1);
      if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
      else merged.push([first, last]);
    }
    this.ranges.set(uuid, merged);
  }
}
