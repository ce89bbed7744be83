import type { IConstruct } from 'constructs';
import type { Role } from './role';

/** Programs of a role: each holds a connection to everything that it uses for as long as it runs. */
export interface Clients {
  /** Programs of one slice. */
  readonly each: number;
  /** Programs beside the slices. */
  readonly beside?: number;
}

/** A user of a server. Workloads of the site's own say nothing of their programs, and are not counted. */
interface Client extends IConstruct {
  readonly _clients?: Clients;
  readonly slices?: readonly object[];
}

/** The number of client connections that a server takes. */
export interface ConnectionLimit {
  readonly most: number;
  /** The change to write for so many connections. */
  readonly instead: (connections: number) => string;
}

/** Roles that use a server, and in how many ways: a queue in a database is one, the database itself another. */
const RELATIONS = new WeakMap<Role, Map<Client, number>>();

/** Says that each program of a role holds a connection, or one more, to a server. */
export function addClient(client: Client, server: Role): void {
  const known = RELATIONS.get(server) ?? new Map<Client, number>();
  RELATIONS.set(server, known.set(client, (known.get(client) ?? 0) + 1));
}

/**
 * Reports a server that takes fewer connections than the programs of all roles may hold. The last ones would be refused just when the site
 * has most to do.
 */
export function limitConnections(server: Role, limit: ConnectionLimit): void {
  server.node.addValidation({ validate: () => findTooManyClients(server, limit) });
}

function findTooManyClients(server: Role, limit: ConnectionLimit): string[] {
  const { all, held } = connectionsTo(server);
  if (all <= limit.most) return [];
  return [
    `'ram' is ${server._ram} MiB: it takes ${limit.most} connections, and programs may hold ${all}: ${held}; write ${limit.instead(all)}fewer slices or fewer workers`,
  ];
}

/** The number of possible connections, and their owners. */
function connectionsTo(server: Role): { all: number; held: string } {
  const uses = [...(RELATIONS.get(server) ?? [])].map(([role, times]) => ({ role, ...countOf(role, times) }));
  const lost = uses.map(({ slice }) => slice).reduce((a, b) => Math.max(a, b), 0);
  const all = uses.reduce((sum, { total }) => sum + total, lost);
  const terms = uses.filter(({ total }) => total > 0).map(({ role, total }) => `${role.node.id} ${total}`);
  return { all, held: [...terms, `${lost} of a slice whose node died`].join(' + ') };
}

function countOf({ _clients, slices = [] }: Client, times: number): { slice: number; total: number } {
  const { each, beside = 0 } = _clients ?? { each: 0 };
  return { slice: each * times, total: (each * slices.length + beside) * times };
}
