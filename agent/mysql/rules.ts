import type { Facts, Verdict } from '../engine';

/**
 * Who may lead, and who is out of step: decisions and nothing else.
 *
 * The Lease carries three facts, each the `server_uuid` of a volume's data:
 * - `primary` leads, or did last: it has every acknowledged transaction;
 * - `replica` is the only other one that may have: every commit waits for its acknowledgement. Taken out of the Lease before
 *   a commit is let through without it, so that whoever reads the Lease later does not promote it;
 * - `former` was the primary before, when its replica took over: what it has beyond that, it never acknowledged.
 *
 * Not guaranteed: anything after a person has written one of these by hand, or removed the Lease.
 */
export interface Server {
  readonly uuid: string;
  /** Its `gtid_executed`. */
  readonly executed: string;
}

/** Whether this server holds all that was acknowledged. */
export function mayLead(server: Server, facts: Facts, first: boolean): Verdict {
  const { primary, replica } = facts;
  if (primary === undefined) {
    if (replica === server.uuid) return { well: true, reason: 'the lease names it as a replica' };
    if (server.executed !== '') return no('it has data, and the lease does not say that these are all');
    return first ? { well: true, reason: 'the pair is new' } : no('the pair is new, and the first slice begins');
  }
  if (primary === server.uuid) return { well: true, reason: 'it was the primary' };
  if (replica === server.uuid) return { well: true, reason: 'it has all that the primary acknowledged' };
  return no('it may lack what the primary acknowledged');
}

function no(reason: string): Verdict {
  return { well: false, reason };
}

/** The facts of one that begins to lead: nobody but itself may have what it will acknowledge. */
export function factsOf(server: Server, facts: Facts): Readonly<Record<string, string | undefined>> {
  const former = facts['primary'] === server.uuid ? facts['former'] : facts['primary'];
  return { primary: server.uuid, replica: undefined, former };
}

export enum Step {
  /** Replicate from the leader. */
  JOIN = 'join',
  /** Take a whole copy of the leader's data in place of one's own. */
  CLONE = 'clone',
  /** Do nothing: it has transactions that no one can say are worth nothing. */
  SET_ASIDE = 'set aside',
}

/** How a server comes to follow its leader. */
export function joining(standing: {
  readonly server: Server;
  readonly facts: Facts;
  /** Transactions that the leader does not have. */
  readonly errant: string;
  /** Transactions that it lacks and that the leader has no log of any more. */
  readonly missing: string;
}): Step {
  const { server, facts, errant, missing } = standing;
  if (errant !== '') return facts['former'] === server.uuid ? Step.CLONE : Step.SET_ASIDE;
  return missing === '' ? Step.JOIN : Step.CLONE;
}
