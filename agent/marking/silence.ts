import type { Place } from '../config';

/** When a node counts as silent. All are milliseconds. */
export interface Limits {
  /** How often a node that answers is tried, at one of its pods. */
  readonly everyMs: number;
  /** A node that was not heard for so long is tried at all of its pods, at each step. */
  readonly suspectMs: number;
  /** A node that was not heard for so long is silent. */
  readonly silentMs: number;
  /** After so long there is no more hurry: it is tried as one that answers. */
  readonly calmMs: number;
  /** Where two steps are further apart, this process was held up, and silence says nothing. */
  readonly stallMs: number;
  /** The fewest tries at each step that a suspected node gets. */
  readonly tries: number;
  /** The fewest tries without an answer that make a node silent. */
  readonly leastTries: number;
}

/**
 * A node that loses 30 % of its packets answers half of all tries, as a try needs one packet each way: that 24 in a row fail has
 * a chance of 1 in 10 million. A node that is overloaded answers all: its kernel does, not a program.
 */
export const LIMITS: Limits = {
  everyMs: 250,
  suspectMs: 400,
  silentMs: 800,
  calmMs: 10_000,
  stallMs: 400,
  tries: 6,
  leastTries: 24,
};

/** The last signs of life of a node. */
interface Heard {
  /** When the last try that was answered was sent; undefined where none ever was. */
  at: number | undefined;
  /** Tries since then. */
  tries: number;
  triedAt: number;
  /** Whose turn it is to be tried. */
  turn: number;
}

/** A node of which nothing was heard, and for how long. */
export interface Silent {
  readonly node: string;
  readonly ms: number;
}

/**
 * Which node has fallen silent: the decision and nothing else. No I/O and no clock of its own, as in `leader.ts`. A node is heard
 * when any of its pods answers a try, be it with a refusal: that is its kernel's, and needs no program.
 */
export class Silence {
  private places: readonly Place[] = [];
  private readonly nodes = new Map<string, Heard>();
  private steppedAt = Number.NEGATIVE_INFINITY;

  public constructor(
    private readonly ownNode: string,
    private readonly limits: Limits = LIMITS,
  ) {}

  /** The pods that may be tried, which should answer. The silence of a node was that of a pod which is not there any more, perhaps. */
  public know(places: readonly Place[], now: number): void {
    const before = this.places;
    this.places = places.filter(({ node }) => node !== this.ownNode);
    const addresses = new Set(this.places.map(({ address }) => address));
    for (const { node, address } of before) if (!addresses.has(address)) this.forgive(now, node);
    const names = new Set(this.places.map(({ node }) => node));
    for (const name of this.nodes.keys()) if (!names.has(name)) this.nodes.delete(name);
    for (const name of names)
      if (!this.nodes.has(name))
        this.nodes.set(name, { at: undefined, tries: 0, triedAt: Number.NEGATIVE_INFINITY, turn: 0 });
  }

  /** The pods to try now. One that is suspected may be named several times. */
  public step(now: number): Place[] {
    if (now - this.steppedAt > this.limits.stallMs) this.forgive(now);
    this.steppedAt = now;
    return [...this.nodes].flatMap(([name, heard]) => {
      const due = this.due(
        heard,
        this.places.filter(({ node }) => node === name),
        now,
      );
      if (due.length > 0) heard.triedAt = now;
      heard.tries += due.length;
      return due;
    });
  }

  /** A try that was sent at `sentAt` was answered. */
  public heard({ node }: Place, sentAt: number): void {
    const heard = this.nodes.get(node);
    if (!heard || (heard.at !== undefined && heard.at >= sentAt)) return;
    heard.at = sentAt;
    heard.tries = 0;
  }

  /**
   * The node that is suspected. None where there are two: then it is more likely that this process hears nobody. `ms` is 0 until it
   * was tried often enough.
   */
  public suspected(now: number): Silent | undefined {
    const { suspectMs, leastTries } = this.limits;
    const quiet = [...this.nodes].filter(([, { at }]) => at !== undefined && now - at >= suspectMs);
    const [name, heard] = quiet[0] ?? [];
    if (quiet.length !== 1 || name === undefined || heard?.at === undefined) return undefined;
    return { node: name, ms: heard.tries >= leastTries ? Math.round(now - heard.at) : 0 };
  }

  /** Whether it has been silent for long enough to be counted as dead. */
  public isSilent({ ms }: Silent): boolean {
    return ms >= this.limits.silentMs;
  }

  /** A node that was marked has to be heard before it can fall silent again: its kubelet may have said that it lives. */
  public forget(node: string): void {
    const heard = this.nodes.get(node);
    if (heard) heard.at = undefined;
  }

  private due(heard: Heard, places: Place[], now: number): Place[] {
    const { everyMs, suspectMs, calmMs, tries } = this.limits;
    const quiet = heard.at === undefined ? 0 : now - heard.at;
    if (quiet >= suspectMs && quiet < calmMs)
      return Array.from({ length: Math.max(tries, places.length) }, (_, index) => places[index % places.length]!);
    if (now - heard.triedAt < everyMs) return [];
    return [places[heard.turn++ % places.length]!];
  }

  /** Counts silence from now on: what was answered while this process was held up has not been read yet. */
  private forgive(now: number, node?: string): void {
    for (const [name, heard] of this.nodes) {
      if (node !== undefined && name !== node) continue;
      if (heard.at !== undefined) heard.at = now;
      heard.tries = 0;
    }
  }
}
