import { k8s } from '../core/imports';
import { problem } from '../core/problems';
import { SecretValue } from '../core/secrets';
import { checkObjectName } from '../core/values';
import type { Balancer } from './balancer';
import type { BalancerProps } from './balancer-props';
import { FOLDERS } from './balancer-input';
import { Place, bySpecificPlace, checkPlace, placeOf } from './place';

/** A protected path as an engine has it, its host with it. */
export interface Protection extends Place {
  readonly secret: string;
}

/** The key of a Secret of users. */
const KEY = 'auth';

/** The protected paths of a balancer, the most specific first, and the volumes that have their users. */
export function protectionsOf(
  balancer: Balancer,
  props: BalancerProps,
): { readonly protections: Protection[]; readonly volumes: k8s.Volume[] } {
  const { protectedPaths = [] } = props;
  if (props.protectedPaths?.length === 0)
    problem(balancer, 'protectedPaths', props.protectedPaths, 'name one or more, or leave it out');
  const own = `${balancer.name}-users`;
  const protections: Protection[] = [];
  for (const each of protectedPaths) {
    const { secret = own } = each;
    const place = placeOf(each);
    checkObjectName(balancer, 'protectedPaths.secret', secret);
    if (checkPlace(balancer, 'protectedPaths', place, protections)) protections.push({ ...place, secret });
  }
  for (const secret of secretsOf(protections)) {
    const value = protectedPaths.some((each) => each.secret === secret) ? SecretValue.GIVEN : SecretValue.USERS;
    balancer.site._requireSecret({ name: secret, namespaces: [balancer.namespace], keys: { [KEY]: value } });
  }
  protections.sort(bySpecificPlace);
  return { protections, volumes: volumesOf(protections) };
}

function secretsOf(protections: Protection[]): string[] {
  return [...new Set(protections.map(({ secret }) => secret))];
}

/** A file of users for each Secret, and none of its other keys. */
function volumesOf(protections: Protection[]): k8s.Volume[] {
  const sources = secretsOf(protections).map((name) => ({
    secret: { name, items: [{ key: KEY, path: `${name}/${KEY}` }] },
  }));
  return sources.length > 0 ? [{ name: 'users', projected: { sources } }] : [];
}

/** The mount of the users' files, where there are any. */
export function usersMounts(protections: Protection[]): k8s.VolumeMount[] {
  return protections.length > 0 ? [{ name: 'users', mountPath: FOLDERS.users, readOnly: true }] : [];
}
