import { LEAST_LEASE_MS, LONGEST_LEASE_MS } from '../contract/agent-config';
import type { Timings } from '../contract/agent-config';

/**
 * Who is active: the decisions and nothing else. No I/O and no clock of its own: every step takes the time, in
 * milliseconds of this process's monotonic clock, and returns the next state.
 *
 * Not guaranteed:
 * - Fencing. A process stopped between asking `active` and acting on the answer acts late. Whoever writes to something
 *   shared sends the term along, and what is shared refuses a lower term than it has seen.
 * - Anything where a clock runs more than a fifth faster or slower than the other's, or stands still while its machine
 *   is suspended.
 * - A term that grows after someone deleted the Lease: a process that was started later may take it first, and begins at 1.
 *   (Whoever wrote the EndpointSlice left its term there, which the next one goes above.)
 * - Anything where a Lease is deleted while its holder has a longer `leaseMs` than a process that never saw that Lease.
 * - One process per pod name: a pod removed by `--force` from a node that still runs it breaks the peers' agreement.
 *
 * Why never two: the active one counts its validity from before it *sent* a renewal, another counts the Lease's age
 * from after it *saw* that renewal, and the first stops at `giveUpMs`, the second begins at `leaseMs`, which is longer.
 * A peer's agreement works in the same way: it is a renewal that the peer keeps instead of the API server.
 *
 * The two may have different timings, and know of different pods, while a roll-out changes them. So the Lease and each
 * question say how long they are good for, and the longer of that and one's own time is waited for. The Lease also names
 * the pods that its holder asks: any other pod leaves it alone until it is released, as the holder may go on without it.
 */
export type { Timings };

/** The part of a Lease for which its holder is active at most, where the Lease says no length and so may be the shortest. */
const SURE = 0.95;

/** The Lease as the API server gave it. */
export interface LeaseRecord {
  /** The process that holds it; empty when it was released. */
  readonly holder: string;
  /** Whether someone else took its holder out of it, which is no release. */
  readonly cleared?: boolean;
  /** Grows with each new holder: the fencing number. */
  readonly term: number;
  /** The server's version of the object: a write names the version it changes. */
  readonly version: string;
  /** What holders publish: their address, and an engine's own facts. */
  readonly facts: Readonly<Record<string, string>>;
  /** How long its holder says that it is good for, in milliseconds; undefined where nobody said so. */
  readonly leaseMs?: number | undefined;
}

/** The holder's question to a peer when the API server does not answer. */
export interface Ask {
  readonly holder: string;
  readonly term: number;
  /** Whether its time ran out already, and it asks to be active again in the same term. */
  readonly again: boolean;
  /** How long the promise has to be good for, in milliseconds. */
  readonly leaseMs?: number;
}

export interface Answer {
  readonly agrees: boolean;
  readonly reason: string;
}

export interface Tenure {
  readonly term: number;
  readonly validUntil: number;
}

/** What one process knows. */
export interface State {
  readonly me: string;
  readonly timings: Timings;
  /** Whether the Lease was ever looked at. */
  readonly looked: boolean;
  /** The Lease as last seen, undefined where there is none. */
  readonly lease: LeaseRecord | undefined;
  /** How long it is good for: the longer of what it said last and one's own time. */
  readonly leaseMs: number;
  /** When a change of it was last seen here. */
  readonly changedAt: number;
  /** When the API server last answered. */
  readonly reachedAt: number;
  /** When it last answered a question so fast that a renewal of the holder's, which has longer, would not have failed. */
  readonly quickAt: number;
  /** Since when the holder asks without having renewed, and when it last did. */
  readonly askedSince: number | undefined;
  readonly askedAt: number;
  /** Until when this process promised not to take over, and in which term. */
  readonly promisedUntil: number;
  readonly promisedTerm: number;
  /** Whether an attempt to take over is under way, so that its outcome is open. */
  readonly attempting: boolean;
  readonly tenure: Tenure | undefined;
  /** The term of the tenure that this process gave back last. */
  readonly givenBack: number;
  /** The highest term ever seen: it outlives a Lease that was deleted. */
  readonly highestTerm: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

export function initial(me: string, timings: Timings): State {
  return {
    me,
    timings,
    looked: false,
    lease: undefined,
    leaseMs: timings.leaseMs,
    changedAt: NEVER,
    reachedAt: NEVER,
    quickAt: NEVER,
    askedSince: undefined,
    askedAt: NEVER,
    promisedUntil: NEVER,
    promisedTerm: 0,
    attempting: false,
    tenure: undefined,
    givenBack: 0,
    highestTerm: 0,
  };
}

/** Whether this process may act as the active one at this moment. */
export function active(state: State, now: number): boolean {
  return state.tenure !== undefined && now < state.tenure.validUntil;
}

/** The API server showed the Lease, or that there is none; where it was asked for it, at `askedAt`. */
export function seen(state: State, lease: LeaseRecord | undefined, now: number, askedAt = NEVER): State {
  const changed = !state.looked || lease?.version !== state.lease?.version;
  const { tenure } = state;
  const named = lease?.holder === state.me || lease?.cleared === true;
  const mine = (named && lease.term === tenure?.term) || isMadeAnew(lease);
  return {
    ...state,
    looked: true,
    lease,
    leaseMs: lengthOf(state, lease),
    changedAt: changed ? now : state.changedAt,
    reachedAt: now,
    quickAt: now - askedAt <= state.timings.renewMs ? now : state.quickAt,
    askedSince: changed ? undefined : state.askedSince,
    tenure: mine ? tenure : undefined,
    highestTerm: Math.max(state.highestTerm, lease?.term ?? 0),
  };
}

/** The API server answered, with nothing that counts. */
export function reached(state: State, now: number): State {
  return { ...state, reachedAt: now };
}

/** A Lease that vanished keeps its length: its holder may not know yet. */
function lengthOf({ leaseMs, timings }: State, lease: LeaseRecord | undefined): number {
  if (lease?.leaseMs === undefined) return leaseMs;
  return Math.max(timings.leaseMs, Math.min(lease.leaseMs, LONGEST_LEASE_MS));
}

/** Whether a Lease was made in place of one that vanished, with nothing known of it: its holder takes it as its own. */
export function isMadeAnew(lease: LeaseRecord | undefined): boolean {
  return lease?.holder === '' && lease.term === 0;
}

/** The fact that names the pods which its holder asks when it cannot renew. */
export const PODS = 'pods';

/** The fact that only a release writes: the term that ends by it. A Lease without a holder that lacks it was cleared. */
export const RELEASED = 'released';

/** Whether the holder goes on without asking this pod, as its configuration does not know of it. */
function isUnknownToHolder({ lease, me }: State): boolean {
  const pods = lease?.facts[PODS];
  return pods !== undefined && !pods.split(' ').includes(me.replace(/_[^_]*$/, ''));
}

/**
 * Whether this process may try to take the Lease now. A Lease that its holder released is free at once. One that
 * vanished, was made anew or was cleared by someone else is waited for as long as one that stands still, as its last holder
 * may not know yet.
 */
export function mayAttempt(state: State, now: number): boolean {
  return !state.tenure && !state.attempting && state.looked && now >= freeAt(state);
}

/** When the Lease is free to take, should nothing change until then. */
export function freeAt(state: State): number {
  const { lease, me, changedAt, leaseMs, highestTerm, promisedTerm } = state;
  const released = lease?.holder === '' && lease.term > 0 && !lease.cleared;
  if (released && lease.term >= Math.max(highestTerm, promisedTerm)) return NEVER;
  if (!lease || isUnknownToHolder(state)) return Infinity;
  // A Lease that names this very process without a tenure is left from an attempt whose answer got lost.
  const standsStill = lease.holder === me ? NEVER : changedAt + leaseMs;
  return Math.max(standsStill, state.promisedUntil);
}

export function attempt(state: State): State {
  return { ...state, attempting: true };
}

/**
 * The attempt is over without success. Where its outcome is unknown it may still come to pass; that makes nobody active,
 * since only an answer does.
 */
export function attemptFailed(state: State): State {
  return { ...state, attempting: false };
}

/** The term of the next write: a new one for a new holder. */
export function nextTerm(state: State): number {
  return Math.max(state.highestTerm, state.lease?.term ?? 0) + 1;
}

/** The API server accepted this process's write of the Lease, which was sent at `sentAt`. */
export function held(state: State, lease: LeaseRecord, sentAt: number, now: number): State {
  const next = { ...seen(state, lease, now), attempting: false };
  const { tenure, timings } = state;
  // What the peers agreed to later than this was sent still stands.
  const agreedUntil = tenure?.term === lease.term ? tenure.validUntil : NEVER;
  const sure = SURE * (lease.leaseMs ?? LEAST_LEASE_MS);
  const validUntil = Math.max(sentAt + Math.min(timings.giveUpMs, sure), agreedUntil);
  return { ...next, tenure: { term: lease.term, validUntil } };
}

/** Every peer agreed, to a question sent at `sentAt`, that this process stays active, or is active again. */
export function agreed(state: State, { term, again }: Ask, sentAt: number, now: number): State {
  const { tenure, lease, me, timings } = state;
  // What the peers said was of the Lease as it was then.
  const stands = again
    ? !tenure && lease?.holder === me && lease.term === term
    : active(state, now) && tenure?.term === term;
  if (!stands) return state;
  return { ...state, tenure: { term, validUntil: Math.max(tenure?.validUntil ?? 0, sentAt + timings.giveUpMs) } };
}

/**
 * Whether this process was the last holder, ran out of time, and hears nothing of the API server. What it gave back it does not
 * ask for: that it did may reach the API server at any time, and frees the Lease for a peer, whatever that promised.
 */
export function mayAskAgain(state: State, now: number): boolean {
  const { tenure, attempting, lease, me, timings, reachedAt, givenBack } = state;
  const mine = lease?.holder === me && lease.term !== givenBack;
  return !tenure && !attempting && mine && now - reachedAt >= timings.leaseMs;
}

/** This process is not the holder any more, whatever the Lease says. */
export function dropped(state: State): State {
  return { ...state, tenure: undefined };
}

/** This process gives the Lease back. */
export function released(state: State): State {
  return { ...dropped(state), givenBack: state.tenure?.term ?? state.givenBack };
}

/** A term above all seen is known from elsewhere: the next one goes above it. */
export function outranked(state: State, term: number): State {
  return { ...state, highestTerm: Math.max(state.highestTerm, term) };
}

/**
 * A holder that cannot renew asks this process, its peer. It agrees, and so promises not to take over for as long as that
 * one counts on, unless it knows better than the holder: it is or tries to be active itself, it saw a later Lease, or it reaches the API
 * server while the holder does not, so that only the holder is cut off and had better hand over. Reaching it is an answer
 * within `renewMs`. A renewal has longer than that, so an API server that is slow to both of them fails nobody alone: were any
 * answer enough, the pair would change hands at each one that came just in time for the one and too late for the other.
 */
export function answer(state: State, ask: Ask, now: number): [State, Answer] {
  const { lease, timings } = state;
  const stranger = lease !== undefined && lease.holder !== ask.holder;
  const goesOn = state.askedSince !== undefined && now - state.askedAt < timings.leaseMs;
  const askedSince = goesOn ? state.askedSince! : now;
  // A stranger's question is not remembered: many of them would keep this process from taking over for ever.
  const next = stranger ? state : { ...state, askedSince, askedAt: now };
  const refuse = (reason: string): [State, Answer] => [next, { agrees: false, reason }];

  if (state.tenure) return refuse('it holds the lease itself');
  if (state.attempting) return refuse('it is taking over');
  if (state.highestTerm > ask.term) return refuse(`it has seen term ${state.highestTerm}`);
  if (stranger) return refuse('the lease has another holder');
  if (state.quickAt > askedSince && now - state.quickAt < 2 * timings.renewMs) {
    return refuse('it reaches the api server');
  }
  if (ask.again && (lease?.holder !== ask.holder || lease.term !== ask.term)) {
    return refuse('it has not seen that lease');
  }
  const counted = Math.min(ask.leaseMs ?? LONGEST_LEASE_MS, LONGEST_LEASE_MS);
  const promise = { promisedUntil: now + Math.max(timings.leaseMs, counted), promisedTerm: ask.term };
  return [
    { ...next, ...promise },
    { agrees: true, reason: 'it does not reach the api server in time either' },
  ];
}

/** Why a pod that wins the Lease could have it. */
export function whyFree(lease: LeaseRecord | undefined): string {
  if (lease?.holder) return 'its lease ran out';
  return lease?.facts['leaving'] ? 'it handed over' : 'nobody held the lease';
}
