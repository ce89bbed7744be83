import type { BalancerParts, BalancerInput } from './balancer-input';
import type { BalancerProps } from './balancer-props';
import type { Role } from '../core/role';

/** A program that can run as a balancer. */
export interface BalancerImplementation {
  readonly name: string;
  readonly image: string;
  /** The path at the health port that answers 200 while the program works. */
  readonly healthPath: string;
  /** Records properties that the program does not support. */
  check(balancer: Role, props: BalancerProps): void;
  /** Its configuration, containers and volumes. */
  parts(plan: BalancerInput): BalancerParts;
  /** Adds its metrics, alerts and panels. */
  watch(balancer: Role, healthPort: number): void;
}
