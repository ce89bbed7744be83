import type { Facts, Verdict } from '../engine';

/**
 * Who may lead, and who is out of step: decisions and nothing else.
 *
 * The Lease carries facts, each server by the `server_uuid` of its volume's data:
 * - `primary` leads, or did last: it has every acknowledged transaction;
 * - `replica` is the only other one that may have: every commit waits for its acknowledgement. Taken out of the Lease before
 *   a commit is let through without it, so that whoever reads the Lease later does not promote it;
 * - `boot` is the run of the replica's node in which it was named. A commit is acknowledged when the replica's kernel has
 *   it: it outlives the end of mysqld and of its pod, and not the loss of power. A replica whose node was started again since has
 *   what its disk has, and does not lead before it was named anew. (With `sync_relay_log = 1` it would be on its disk, at the
 *   price of one write to the disk for each of five events of a small transaction, one after the other.)
 * - `former` was the primary before, when its replica took over: what it has beyond that, it never acknowledged;
 * - `term` is the Lease's number when `primary` began to lead;
 * - `floor` is a set of transactions that `primary` and `replica` are known to have had. A server that lacks some of them was
 *   set back, as by a volume restored from a snapshot, and does not lead whatever else the Lease says;
 * - `force`, written by a person as `SERVER_UUID@TERM`, lets that server lead, whatever it lacks. It counts in the term that it
 *   names and in no later one, and a primary that works takes it out. The primary before is no `former` then, as it may have
 *   acknowledged what it has beyond the forced one;
 * - `gives` and `denies` answer a standby that is about to give up data (note.ts).
 *
 * None of these is a matter of time. A server that acts on them late, because it was stopped or its clock is slow, does no
 * harm: what it commits is acknowledged by the replica that the Lease names, or by nobody, and that one stops receiving
 * before it leads. The Lease's own time only decides how soon that is.
 *
 * A Lease without a `primary` is that of a new pair, or was deleted while nobody held it. Then a server leads only if the other
 * one says that it has nothing more: each acknowledged transaction is on the disk of a server that was the primary, so whoever has
 * all that both have has it. An emptied server finds by the same question that the pair is not new. Where the other cannot be
 * asked, it waits. One whose copy of all data was not finished has nothing: it was allowed to give up all by the one it copied.
 *
 * Not guaranteed:
 * - Anything after a person has written one of the others by hand.
 * - An etcd that was set back while no agent ran: its Lease may name a replica that was taken out since. `floor` shows it where the
 *   replica lacks what the Lease of then knew of. Delete the Lease after etcd was restored: the servers are compared then.
 * - A volume that was set back by less than the time between two checks of the replica (naming.ts).
 */
export interface Server {
  readonly uuid: string;
  /** The run of its node: `/proc/sys/kernel/random/boot_id`. */
  readonly boot: string;
  /** Its `gtid_executed`. */
  readonly executed: string;
  /** Whether a copy of all data was begun and not finished: what it has then is not what its `gtid_executed` says. */
  readonly half: boolean;
  /** What it lacks of the Lease's `floor`. */
  readonly lacks?: string;
}

/** How what this server has differs from what the other one has, received transactions included. */
export interface Difference {
  /** What the other has beyond this one. */
  readonly ahead: string;
  /** What this one has beyond the other. */
  readonly behind: string;
  /** Whether the other one's copy of all data was not finished: whatever it had, the primary let it give up. */
  readonly half?: boolean;
}

/** Whether the lease says that this server has everything. */
export function isNamed({ uuid, boot }: Pick<Server, 'uuid' | 'boot'>, facts: Facts): boolean {
  return facts['replica'] === uuid && (facts['boot'] ?? boot) === boot;
}

/** Whether only a comparison with the other server can say whether this one may lead. */
export function hasToCompare(server: Server, facts: Facts): boolean {
  return !server.half && !isForced(server, facts) && facts['primary'] === undefined && !isNamed(server, facts);
}

/** Whether this server holds all that was acknowledged. Where `hasToCompare`, `difference` is needed for that. */
export function mayLead(server: Server, facts: Facts, first: boolean, restored = '', difference?: Difference): Verdict {
  const { primary, replica, force } = facts;
  if (server.half) return no('its copy of all data was not finished');
  if (isForced(server, facts)) return yes('a person said so');
  if (server.lacks) {
    const rest = hint(server, facts, 'if it is to lead without that');
    return no(`it lacks ${server.lacks}: its volume, or the lease, is older than what it has had${rest}`);
  }
  if (isNamed(server, facts))
    return yes(primary === undefined ? 'the lease names it as a replica' : 'it has all that the primary acknowledged');
  if (primary === undefined) return mayBegin(server, facts, first, restored, difference);
  if (primary === server.uuid) return yes('it was the primary');
  const when = force?.startsWith(server.uuid) ? 'to force it' : 'if that one is lost for good';
  const why =
    replica === server.uuid
      ? 'its node was started again, and it may have lost what it had acknowledged to the primary'
      : 'it may lack what the primary acknowledged';
  return no(why + hint(server, facts, when));
}

/** Only a comparison could say whether this server may lead, and the other one cannot be asked. */
export function cannotCompare(server: Server, facts: Facts, why: string): Verdict {
  const rest = hint(server, facts, 'if that one is lost for good');
  return no(`the lease does not say who led, and the other server does not say what it has: ${why}${rest}`);
}

/** The verdict on a server that something keeps from leading. A person may still let it lead. */
export function hindered(server: Server, facts: Facts, verdict: Verdict, why: string): Verdict {
  if (isForced(server, facts)) return verdict;
  return no(verdict.well ? why + hint(server, facts, 'if the primary is lost for good') : `${why}; ${verdict.reason}`);
}

/** What a person writes to let this server lead; nothing where it has nothing that anyone could want. */
function hint(server: Server, facts: Facts, when: string): string {
  return server.executed === '' ? '' : `; ${when}, write force=${forceOf(server, facts)}`;
}

/** The Lease does not say who led last. */
function mayBegin(server: Server, facts: Facts, first: boolean, restored: string, difference?: Difference): Verdict {
  const { executed } = server;
  const { ahead = '', behind = '', half } = difference ?? {};
  if (half) {
    const why = `the lease does not say who led, and the other server's copy of all data was not finished`;
    return executed === '' ? no(`${why}, and this one has nothing`) : yes(why);
  }
  if (ahead !== '' && behind !== '')
    return no(
      `the lease does not say who led, and ${ahead} is there alone, ${behind} here alone` +
        hint(server, facts, 'if this one is to lead'),
    );
  if (ahead !== '') return no(`the lease does not say who led, and the other server has more: ${ahead}`);
  if (executed === '') return first ? yes('the pair is new') : no('the pair is new, and the first slice begins');
  if (first && executed === restored) return yes('the pair is new, and begins with what was restored');
  if (first || behind !== '') return yes('the lease does not say who led, and the other server has nothing more');
  return no('the lease does not say who led, and of two with the same the first slice begins');
}

/** What a person writes as `force` to let this server lead in the term that the Lease is of. */
function forceOf({ uuid }: Pick<Server, 'uuid'>, { term = '0' }: Facts): string {
  return `${uuid}@${term}`;
}

export function isForced(server: Server, facts: Facts): boolean {
  return facts['force'] === forceOf(server, facts);
}

function yes(reason: string): Verdict {
  return { well: true, reason };
}

function no(reason: string): Verdict {
  return { well: false, reason };
}

/** The facts of one that begins to lead: nobody but itself may have what it will acknowledge. */
export function factsOf(server: Server, facts: Facts, term: number): Readonly<Record<string, string | undefined>> {
  const tookOver = isNamed(server, facts) ? facts['primary'] : undefined;
  const former = facts['primary'] === server.uuid ? facts['former'] : tookOver;
  return {
    primary: server.uuid,
    former,
    term: String(term),
    floor: floorOf(server.executed),
    ...UNNAMED,
    ...ANSWERED,
    force: undefined,
  };
}

/** No replica has everything. */
export const UNNAMED = { replica: undefined, boot: undefined } as const;
/** No standby waits for an answer. */
export const ANSWERED = { gives: undefined, denies: undefined } as const;

/** A set as a fact; none where it is too long for an annotation, as in a pair whose servers were replaced very often. */
export function floorOf(executed: string): string | undefined {
  return executed.length > 0 && executed.length <= 16_384 ? executed : undefined;
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
