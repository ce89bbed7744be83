/** What the agent of a standby says of its server to that of the primary. */
export interface Note {
  /** The run of its node; unknown where nothing was heard. */
  readonly boot: string | undefined;
  /** What it asks to be allowed to do with its own data. */
  readonly asks?: Request;
}

/**
 * A standby that is about to give up data asks the primary first, and waits for the answer in the Lease: `gives`, with the number
 * of the request. The primary takes the standby's name out of the Lease in the same write, so no one relies on data that are
 * about to go. An agent of an earlier version says no number and waits for no answer.
 */
export interface Request {
  /** Its data are replaced by a copy of the primary's, or it gives up what it has received and not applied. */
  readonly to: 'clones' | 'discards';
  readonly number: string | undefined;
}

export function noteOf(boot: string, asks?: Request): string {
  return [boot, ...(asks ? [asks.to, asks.number ?? ''] : [])].join(' ').trim();
}

export function readNote(note: string | undefined): Note {
  const [boot, to, number] = note?.split(' ') ?? [];
  return to === 'clones' || to === 'discards' ? { boot, asks: { to, number } } : { boot };
}
