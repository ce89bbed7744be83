import { IConstruct } from 'constructs';
import { k8s } from './imports';
import { PodGroup } from './network';
import { Binding, open } from './binding';
import { addClient } from './connections';
import { checkSameSite, problem } from './problems';
import type { Site } from './site';
import { IConnectable } from './connectable';

/** A construct whose pods use others of its site. */
export interface User extends PodGroup, IConstruct {
  readonly site: Site;
}

/**
 * Opens the ports of each of these, which a property names, to the user's pods.
 *
 * @param byAddress Whether the program is given addresses of Services in place of names, where these stay.
 * @returns the environment that a program needs to reach and use them.
 */
export function connect(user: User, connectables: IConnectable[], property: string, byAddress = false): k8s.EnvVar[] {
  const givenBy = new Map<string, IConnectable>();
  return connectables.flatMap((used) => {
    const bindings = used._bindings();
    if (!checkSameSite(user, property, used)) return [];
    if (bindings.length === 0) {
      const instead = 'it has nothing to use; name a database, a cache, a blob store or a queue';
      problem(user, property, used.node.path, instead);
    }
    const env = bindings.flatMap((binding) => addressed(user, binding, byAddress, bind(user, binding)));
    const twice = env.find(({ name }) => givenBy.has(name));
    if (twice) {
      const { path } = (givenBy.get(twice.name) as IConnectable).node;
      problem(
        user,
        property,
        used.node.path,
        `${path} gives ${twice.name}, too; name one of them, or give it another id`,
      );
    }
    const own = env.filter(({ name }) => !givenBy.has(name));
    for (const { name } of own) givenBy.set(name, used);
    return own;
  });
}

/** Opens one binding to the user's pods, in whose namespace its Secrets have to be. */
export function bind(user: User, binding: Binding): k8s.EnvVar[] {
  const { server, secrets = [], env } = binding;
  open(user, binding, user.site._cluster.serviceNetwork);
  if (server) addClient(user, server);
  for (const secret of secrets) user.site._shareSecret(secret, user.namespace);
  return env;
}

/** The variables with addresses in place of names, if the program takes addresses and Kubernetes gives them to its pods. */
function addressed(
  { namespace }: User,
  { at, services }: Binding,
  byAddress: boolean,
  env: k8s.EnvVar[],
): k8s.EnvVar[] {
  if (!services) return env;
  return byAddress && at?.namespace === namespace ? services.byAddress(env) : services.byName(env);
}
