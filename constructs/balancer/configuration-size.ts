import { LARGEST_APPLIED, appliedBytes } from '../core/applied';
import { limitFiles } from '../core/config';
import type { k8s } from '../core/imports';
import { shown } from '../core/problems';
import type { Role } from '../core/role';
import { ERROR_PAGE, MAINTENANCE } from './balancer-input';
import type { BalancerProps } from './balancer-props';

/** The properties that files of the configuration come from. */
const PAGES = { [MAINTENANCE.file]: 'maintenancePage', [ERROR_PAGE.file]: 'errorPage' };

/** Routes by which a configuration is large, whatever its pages are. */
const MANY = 50;

/** Records a configuration that Kubernetes would refuse, once it is whole. */
export function limitConfiguration(balancer: Role, config: k8s.KubeConfigMap, { routes = [] }: BalancerProps): void {
  if (routes.length <= MANY) return limitFiles({ construct: balancer, property: 'engine', others: PAGES }, config);
  balancer.node.addValidation({ validate: () => findTooMany(config, routes.length) });
}

function findTooMany(config: k8s.KubeConfigMap, routes: number): string[] {
  const bytes = appliedBytes(config.toJson());
  if (bytes <= LARGEST_APPLIED) return [];
  const why = `kubectl writes the configuration as ${bytes} bytes, and Kubernetes takes ${LARGEST_APPLIED}`;
  const instead = 'write fewer, or several balancers: with nginx and Perlbal each host repeats the routes without one';
  return [shown('routes', routes, `${why}; ${instead}`)];
}
