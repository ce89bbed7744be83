import { problem } from '../core/problems';
import type { Role } from '../core/role';
import { SecretValue } from '../core/secrets';

/** The Secret with the certificate of a role's servers for these names; without `secret`, the command line makes one. */
export function requireServerCertificate(role: Role, secret: string | undefined, hosts: string[]): string {
  const name = secret ?? `${role.name}-tls`;
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name))
    problem(role, 'tls.secret', name, `write the name of a Secret, such as '${role.name}-tls'`);
  const named = { name, namespaces: [role.namespace] };
  const made = { hosts, keys: { tls: SecretValue.CERTIFICATE } };
  role.site._requireSecret(secret === undefined ? { ...named, ...made } : { ...named, keys: {} });
  return name;
}
