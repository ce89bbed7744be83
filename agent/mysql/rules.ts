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
 * And `boot` is the run of the replica's node in which it was named. A commit is acknowledged when the replica's kernel has
 * it: it outlives the end of mysqld and of its pod, and not the loss of power. A replica whose node was started again since has
 * what its disk has, and does not lead before it was named anew. (With `sync_relay_log = 1` it would be on its disk, at the
 * price of one write to the disk for each of five events of a small transaction, one after the other.)
 *
 * `force` is what a person writes there: that server may lead, whatever it lacks. The primary before is no `former`
 * then, as it may have acknowledged what it has beyond the forced one.
 *
 * None of these is a matter of time. A server that acts on them late, because it was stopped or its clock is slow, does no
 * harm: what it commits is acknowledged by the replica that the Lease names, or by nobody, and that one stops receiving
 * before it leads. The Lease's own time only decides how soon that is.
 *
 * Not guaranteed: anything after a person has removed the Lease, or written another of these by hand.
 */
export interface Server {
  readonly uuid: string;
  /** The run of its node: `/proc/sys/kernel/random/boot_id`. */
  readonly boot: string;
  /** Its `gtid_executed`. */
  readonly executed: string;
  /** Whether a copy of all data was begun and not finished: what it has then is not what its `gtid_executed` says. */
  readonly half: boolean;
}

/** Whether the lease says that this server has everything. */
export function isNamed({ uuid, boot }: Pick<Server, 'uuid' | 'boot'>, facts: Facts): boolean {
  return facts['replica'] === uuid && (facts['boot'] ?? boot) === boot;
}

/** Whether this server holds all that was acknowledged. */
export function mayLead(server: Server, facts: Facts, first: boolean, restored = ''): Verdict {
  const { primary, replica, force } = facts;
  if (server.half) return no('its copy of all data was not finished');
  if (force === server.uuid) return { well: true, reason: 'a person said so' };
  if (primary === undefined) {
    if (isNamed(server, facts)) return { well: true, reason: 'the lease names it as a replica' };
    if (first && restored !== '' && server.executed === restored)
      return { well: true, reason: 'the pair is new, and begins with what was restored' };
    if (server.executed !== '') return no('it has data, and the lease does not say that these are all');
    return first ? { well: true, reason: 'the pair is new' } : no('the pair is new, and the first slice begins');
  }
  if (primary === server.uuid) return { well: true, reason: 'it was the primary' };
  if (isNamed(server, facts)) return { well: true, reason: 'it has all that the primary acknowledged' };
  if (replica === server.uuid) return no('its node was started again, and it may have lost what it had acknowledged');
  return no('it may lack what the primary acknowledged');
}

function no(reason: string): Verdict {
  return { well: false, reason };
}

/** The facts of one that begins to lead: nobody but itself may have what it will acknowledge. */
export function factsOf(server: Server, facts: Facts): Readonly<Record<string, string | undefined>> {
  const tookOver = isNamed(server, facts) ? facts['primary'] : undefined;
  const former = facts['primary'] === server.uuid ? facts['former'] : tookOver;
  return { primary: server.uuid, replica: undefined, boot: undefined, former, force: undefined };
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
  if (server.half) return Step.CLONE;
  if (errant !== '') return facts['former'] === server.uuid ? Step.CLONE : Step.SET_ASIDE;
  return missing === '' ? Step.JOIN : Step.CLONE;
}

/** What the agent of a standby says of it to that of the primary. */
export function noteOf(boot: string, clones: boolean): string {
  return clones ? `${boot} clones` : boot;
}

export function readNote(note: string | undefined): { readonly boot: string | undefined; readonly clones: boolean } {
  const [boot, clones] = note?.split(' ') ?? [];
  return { boot, clones: clones === 'clones' };
}
