import { k8s } from './imports';
import { OpenPort, PodGroup, allow, allowEgress, policyPort } from './network';
import type { Role } from './role';
import type { ServiceAddresses } from './service-address';

/** The offer of a role to each role that names it in `uses`. */
export interface Binding {
  /** Opened to the user, and to no one else. */
  readonly ports: OpenPort[];
  /** Addresses and credentials. Names start with the role's id: `DB_HOST`. */
  readonly env: k8s.EnvVar[];
  /** The owner of the ports, if not the role itself: a queue is in its database. */
  readonly at?: PodGroup;
  /** The role whose connections a program takes, where it has a limit. */
  readonly server?: Role;
  /** The Services in `env` whose addresses stay. */
  readonly services?: ServiceAddresses | undefined;
  /** The Secrets that `env` takes values of: they must be in the user's namespace too. */
  readonly secrets?: string[];
  /** The number of its databases with lists, where it is a Valkey or a Redis. */
  readonly listDatabases?: number;
  /** Whether it drops what nobody has read for long, lists of jobs as well. */
  readonly evicts?: boolean;
  /** Lets pods connect to it, where it is outside the site. */
  readonly outside?: (from: PodGroup) => void;
  /** The longest statement in bytes that it takes, where it is a database and its default is another. */
  readonly largestStatement?: number | undefined;
}

/**
 * Lets pods connect to whatever is bound.
 *
 * @param cidr The network of the cluster's Services. A policy that knows pods alone drops what is sent to a Service without one, and the
 * node does not get to refuse it.
 */
export function open(from: PodGroup, { at, services, ports, outside }: Binding, cidr: string | undefined): void {
  if (from._podless) return;
  if (at) allow(from, at, ports);
  if (at && services && cidr)
    allowEgress(from, `${at.name}-services`, [{ to: [{ ipBlock: { cidr } }], ports: ports.map(policyPort) }]);
  outside?.(from);
}

/** `DB_HOST` for the role `db`, `USERS_1_HOST` for `users-1`. */
export function envName(role: string, what: string): string {
  return `${role.toUpperCase().replaceAll('-', '_')}_${what}`;
}

export function secretEnv(name: string, secret: string, key: string): k8s.EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}
