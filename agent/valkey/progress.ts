import type { Standing } from './server';

/** Marks that are kept where no replica confirms them: longer ago does not count. */
const MOST_MARKS = 100;

/** How far a primary had got at times in the past, and how far its replica has: an offset of the history that both have. */
export class Progress {
  private readonly marks: { readonly at: number; readonly offset: number }[] = [];
  private confirmedAt = Number.NEGATIVE_INFINITY;

  /** Takes down how far the primary has got by now. */
  public mark(at: number, offset: number): void {
    this.marks.push({ at, offset });
    if (this.marks.length > MOST_MARKS) this.marks.shift();
  }

  /** The replica has all up to here. */
  public confirm(offset: number): void {
    while (this.marks[0] && this.marks[0].offset <= offset)
      this.confirmedAt = Math.max(this.confirmedAt, this.marks.shift()!.at);
  }

  /** For how long the replica has not been known to have everything of that time, in milliseconds. */
  public silence(now: number): number {
    return now - this.confirmedAt;
  }

  /** What came before does not count any more. */
  public begin(now: number): void {
    this.marks.length = 0;
    this.confirmedAt = now;
  }
}

/** How far a replica has followed its primary; undefined where it does not follow it, or its data are not whole. */
export function followed(primary: Standing, replica: Standing | undefined): number | undefined {
  const follows = replica && !replica.leads && replica.linked && !replica.loading && !replica.syncing;
  return follows && replica.history === primary.history ? replica.offset : undefined;
}
