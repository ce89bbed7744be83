import type { Facts, Verdict } from '../engine';

/**
 * Who may lead, and what the Lease says of it: decisions and nothing else.
 *
 * Valkey answers a client before its replica has what was written. So the promise is weaker than MySQL's: of a primary that dies, the
 * other server may lack what was acknowledged in the last moments. These facts bound how long such a moment is:
 * - `primary` leads, or did last, by the identifier of its volume: each write that it acknowledged is on its disk (`appendfsync always`);
 * - `replica` is the only other one that may lead, by the run of its process. It had everything when it was named, and it is
 *   looked at in each round from then on. A primary that names a replica takes no writes without one (`min-replicas-to-write`). Where the
 *   replica falls behind, the primary refuses writes, takes its name out of the Lease, and only then goes on alone. A process
 *   that was started again is another run: what it has then is what its disk has, which may be of before a copy;
 * - `former` was the primary before, when its replica took over;
 * - `term` is the Lease's number when `primary` began to lead;
 * - `force`, written by a person as `ID@TERM`, lets that server lead in that term, whatever it lacks. A primary that works takes it out.
 *
 * None of these is a matter of time: a server that acts on them late does no harm. One that leads on, though the Lease went to its replica,
 * refuses writes as soon as that one does not follow it any more.
 *
 * A Lease without a `primary` is that of a new pair, or was deleted while nobody held it. Then the first slice leads if both servers are
 * empty. Otherwise a person has to say which one leads.
 *
 * Not guaranteed:
 * - Writes that were acknowledged and not yet sent when the primary dies. `WAIT 1` tells a program whether the replica has its write.
 * - Anything after a person has written one of the others by hand, or has set a volume back.
 */
export interface Server {
  /** The identifier of its volume. */
  readonly id: string;
  readonly run: string;
  /** Whether it still reads its data. */
  readonly loading: boolean;
  /** Whether its data are whole, and its log on the disk has them. */
  readonly whole: boolean;
  readonly empty: boolean;
}

/** Whether the Lease says that this server may take over. */
export function isNamed({ run }: Pick<Server, 'run'>, facts: Facts): boolean {
  return run !== '' && facts['replica'] === run;
}

export function isForced({ id }: Pick<Server, 'id'>, facts: Facts): boolean {
  return facts['force'] === forceOf(id, facts);
}

/** Whether this server may lead. `otherIsEmpty` is undefined where the other server does not say. */
export function mayLead(server: Server, facts: Facts, first: boolean, otherIsEmpty: boolean | undefined): Verdict {
  const { primary } = facts;
  if (server.loading) return no('it loads its data');
  if (isForced(server, facts)) return yes('a person said so');
  // The log of a primary is written with each write, also while it is written anew.
  if (primary === server.id) return yes('it was the primary');
  if (isNamed(server, facts))
    return server.whole
      ? yes('the lease names it as a replica')
      : no('its data are being copied, or its log on the disk is being written anew');
  if (primary !== undefined)
    return no(`it may lack what the primary acknowledged; ${hint(server, facts, 'if that one is lost for good')}`);
  if (!server.empty)
    return no(`the lease does not say who led, and this server has data; ${hint(server, facts, 'if it is to lead')}`);
  if (!first) return no('the pair is new, and the first slice begins');
  if (otherIsEmpty === undefined) return no('the lease does not say who led, and the other server does not answer');
  if (!otherIsEmpty) return no('the lease does not say who led, and the other server has data');
  return yes('the pair is new');
}

function hint({ id }: Server, facts: Facts, when: string): string {
  return `${when}, write force=${forceOf(id, facts)}`;
}

function forceOf(id: string, { term = '0' }: Facts): string {
  return `${id}@${term}`;
}

/** The facts of one that begins to lead: nobody but itself may have what it will acknowledge. */
export function factsOf(server: Server, facts: Facts, term: number): Readonly<Record<string, string | undefined>> {
  const { primary, former } = facts;
  return {
    primary: server.id,
    former: primary === server.id ? former : primary,
    term: String(term),
    ...UNNAMED,
    force: undefined,
  };
}

/** No replica may take over. */
export const UNNAMED = { replica: undefined } as const;

function yes(reason: string): Verdict {
  return { well: true, reason };
}

function no(reason: string): Verdict {
  return { well: false, reason };
}
