import { k8s } from 'cdk8s-plus-34';
import { MySQLTls } from '../mysql-tls';
import type { ReplicatedMySQL } from '../replicated-mysql';
import { secretEnv } from './offer';
import { problem } from './problems';
import { SecretValue } from './secrets';

/** Where mysqld and the agent have the certificate. */
const FOLDER = '/etc/mysql-tls';

/** What a certificate adds to a pair; nothing where there is none. */
export interface TlsParts {
  readonly settings: Record<string, string>;
  readonly engine: { readonly ca?: string };
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
  /** For those that use the pair: the authority that they verify its servers by. */
  readonly env: (name: string) => k8s.EnvVar[];
  readonly secrets: string[];
}

const NONE: TlsParts = { settings: {}, engine: {}, mounts: [], volumes: [], env: () => [], secrets: [] };

export function tlsParts(pair: ReplicatedMySQL, tls: MySQLTls | undefined): TlsParts {
  if (!tls) return NONE;
  const secret = tls.secret ?? `${pair.name}-tls`;
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(secret))
    problem(pair, 'secret', secret, `write the name of a Secret, such as '${pair.name}-tls'`);
  const slices = pair.slices.map(({ name }) => pair._address(name));
  const made = { hosts: [pair.writeAddress, pair.readAddress, ...slices], keys: { tls: SecretValue.CERTIFICATE } };
  const named = { name: secret, namespaces: [pair.namespace] };
  pair.site._requireSecret(tls.secret === undefined ? { ...named, ...made } : { ...named, keys: {} });
  return {
    settings: {
      ssl_ca: `${FOLDER}/ca.crt`,
      ssl_cert: `${FOLDER}/tls.crt`,
      ssl_key: `${FOLDER}/tls.key`,
      loose_clone_ssl_ca: `${FOLDER}/ca.crt`,
      ...(tls.required ? { require_secure_transport: 'ON' } : {}),
    },
    engine: { ca: `${FOLDER}/ca.crt` },
    mounts: [{ name: 'tls', mountPath: FOLDER, readOnly: true }],
    volumes: [{ name: 'tls', secret: { secretName: secret, defaultMode: 0o440 } }],
    env: (name) => [secretEnv(name, secret, 'ca.crt')],
    secrets: [secret],
  };
}
