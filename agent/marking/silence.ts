import type { Place } from '../config';
import type { Answer } from './probe';

/** When a node counts as silent. All are milliseconds. */
export interface Limits {
  /** How often a node that answers is tried, at one of its pods. */
  readonly everyMs: number;
  /** A node that was not heard for so long is tried at all of its pods, at each step. */
  readonly suspectMs: number;
  /** A node of which nothing was heard for so long is silent. */
  readonly silentMs: number;
  /** A node whose kernel alone was heard for so long hangs, and is silent. */
  readonly hangsMs: number;
  /** After so long there is no more hurry: it is tried as one that answers. */
  readonly calmMs: number;
  /** Where two steps are further apart, this process was held up, and silence says nothing. */
  readonly stallMs: number;
  /** The fewest tries at each step that a suspected node gets, and each of its agents. */
  readonly tries: number;
  readonly triesOfAgent: number;
  /** The fewest tries without an answer that make a node silent. */
  readonly leastTries: number;
}

/**
 * A node that loses 30 % of its packets answers half of all tries, as a try needs one packet each way: that 24 in a row fail has
 * a chance of 1 in 10 million. A node that is overloaded answers them all: its kernel does. Its agents are programs, and get twice
 * the time: what they ask for of the CPU is theirs.
 */
export const LIMITS: Limits = {
  everyMs: 250,
  suspectMs: 400,
  silentMs: 800,
  hangsMs: 1_600,
  calmMs: 10_000,
  stallMs: 400,
  tries: 6,
  triesOfAgent: 2,
  leastTries: 24,
};

/** A pod that is tried, and whether an agent listens there: one that lives says a word. */
export interface Tried extends Place {
  readonly agent: boolean;
}

/** The last sign of life of one kind, and the tries since. */
class Sign {
  /** When the last try that was answered was sent; undefined where none ever was. */
  public at: number | undefined;
  public tries = 0;

  public seen(sentAt: number): void {
    if (this.at !== undefined && this.at >= sentAt) return;
    this.at = sentAt;
    this.tries = 0;
  }

  public quietFor(now: number): number {
    return this.at === undefined ? 0 : now - this.at;
  }

  public forgive(now: number): void {
    if (this.at !== undefined) this.at = now;
    this.tries = 0;
  }
}

/** The signs of life of a node: of its kernel, and of its programs. */
class Heard {
  public readonly kernel = new Sign();
  public readonly programs = new Sign();
  public triedAt = Number.NEGATIVE_INFINITY;
  /** Whose turn it is to be tried. */
  public turn = 0;
}

/** A node that does not answer, and for how long. */
export interface Silent {
  readonly node: string;
  readonly ms: number;
  /** Whether its kernel answers. */
  readonly hangs?: boolean;
}

/**
 * Which node has fallen silent: the decision and nothing else. No I/O and no clock of its own, as in `leader.ts`. A node is heard
 * when any of its pods answers a try, be it with a refusal: that is its kernel's, and needs no program. Where it has agents, one
 * of them has to speak as well: the kernel of a node that hangs goes on accepting connections.
 */
export class Silence {
  private places: readonly Tried[] = [];
  private readonly nodes = new Map<string, Heard>();
  private steppedAt = Number.NEGATIVE_INFINITY;

  public constructor(
    private readonly ownNode: string,
    private readonly limits: Limits = LIMITS,
  ) {}

  /** The pods that may be tried, which should answer. The silence of a node was that of a pod which is not there any more, perhaps. */
  public know(places: readonly Tried[], now: number): void {
    const before = this.places;
    this.places = places.filter(({ node }) => node !== this.ownNode);
    const addresses = new Set(this.places.map(({ address }) => address));
    for (const { node, address } of before) if (!addresses.has(address)) this.forgive(now, node);
    const names = new Set(this.places.map(({ node }) => node));
    for (const name of this.nodes.keys()) if (!names.has(name)) this.nodes.delete(name);
    for (const name of names) if (!this.nodes.has(name)) this.nodes.set(name, new Heard());
  }

  /** The pods to try now. One that is suspected may be named several times. */
  public step(now: number): Tried[] {
    if (now - this.steppedAt > this.limits.stallMs) this.forgive(now);
    this.steppedAt = now;
    return [...this.nodes].flatMap(([name, heard]) => {
      const due = this.due(heard, this.placesOn(name), now);
      if (due.length > 0) heard.triedAt = now;
      heard.kernel.tries += due.length;
      heard.programs.tries += due.filter(({ agent }) => agent).length;
      return due;
    });
  }

  /** A try that was sent at `sentAt` was answered. */
  public heard({ node, agent }: Tried, sentAt: number, answer: Answer): void {
    const heard = this.nodes.get(node);
    if (!heard || answer === 'nothing') return;
    heard.kernel.seen(sentAt);
    // Nothing listens in a pod without an agent: its kernel refuses.
    if (agent ? answer === 'program' : !this.hasAgents(node)) heard.programs.seen(sentAt);
  }

  /**
   * The node that is suspected. None where there are two: then it is more likely that this process hears nobody. `ms` is how long it
   * has counted as silent, 0 until it was tried often enough; a node that hangs counts later.
   */
  public suspected(now: number): Silent | undefined {
    const { suspectMs, silentMs, hangsMs } = this.limits;
    const later = hangsMs - silentMs;
    const all = [...this.nodes];
    const dead = all.filter(([, { kernel }]) => kernel.quietFor(now) >= suspectMs);
    const hung = all.filter(([, { programs }]) => programs.quietFor(now) >= suspectMs + later);
    const [[node, { kernel, programs }] = [undefined, new Heard()]] = dead.length > 0 ? dead : hung;
    if (node === undefined || dead.length > 1 || (dead.length === 0 && hung.length > 1)) return undefined;
    return dead.length > 0
      ? { node, ms: this.lengthOf(kernel, now) }
      : { node, ms: Math.max(0, this.lengthOf(programs, now) - later), hangs: true };
  }

  /** Whether it has been silent for long enough to be counted as dead. */
  public isSilent({ ms }: Silent): boolean {
    return ms >= this.limits.silentMs;
  }

  /** A node that was marked has to be heard before it can fall silent again: its kubelet may have said that it lives. */
  public forget(node: string): void {
    const heard = this.nodes.get(node);
    if (heard) heard.kernel.at = heard.programs.at = undefined;
  }

  private lengthOf(sign: Sign, now: number): number {
    return sign.tries >= this.limits.leastTries ? Math.round(sign.quietFor(now)) : 0;
  }

  private due(heard: Heard, places: Tried[], now: number): Tried[] {
    const { everyMs, suspectMs, calmMs, tries, triesOfAgent } = this.limits;
    const agents = places.filter(({ agent }) => agent);
    const quiet = Math.max(heard.kernel.quietFor(now), heard.programs.quietFor(now));
    if (quiet >= suspectMs && quiet < calmMs) {
      const first = [...places, ...Array.from({ length: triesOfAgent - 1 }, () => agents).flat()];
      return Array.from({ length: Math.max(tries, first.length) }, (_, index) => first[index % first.length]!);
    }
    if (now - heard.triedAt < everyMs) return [];
    const inTurn = agents.length > 0 ? agents : places;
    return [inTurn[heard.turn++ % inTurn.length]!];
  }

  private placesOn(name: string): Tried[] {
    return this.places.filter(({ node }) => node === name);
  }

  private hasAgents(name: string): boolean {
    return this.places.some(({ node, agent }) => agent && node === name);
  }

  /** Counts silence from now on: what was answered while this process was held up has not been read yet. */
  private forgive(now: number, node?: string): void {
    for (const [name, { kernel, programs }] of this.nodes) {
      if (node !== undefined && name !== node) continue;
      kernel.forgive(now);
      programs.forgive(now);
    }
  }
}
