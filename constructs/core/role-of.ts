import { ApiObject, Chart } from 'cdk8s';
import type { Role } from './role';

const ROLES = new WeakMap<Chart, Role>();

/** Keeps whose file a chart is. */
export function registerRole(role: Role): void {
  ROLES.set(role.chart, role);
}

/** The role that has an object in its file, where it is a role's. */
export function roleOf(object: ApiObject): Role | undefined {
  return ROLES.get(object.chart);
}
