import { k8s } from '../core/imports';
import { MySQLTls } from './mysql-tls';
import type { ReplicatedMySQL } from './replicated-mysql';
import { requireServerCertificate } from '../pair/server-certificate';

/** The mount of the certificate for mysqld and the agent. */
const FOLDER = '/etc/mysql-tls';

/** Parts that a certificate adds to a pair; none without a certificate. */
export interface TlsParts {
  readonly settings: Record<string, string>;
  readonly engine: { readonly ca?: string };
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
  readonly secret: string | undefined;
}

const NONE: TlsParts = { settings: {}, engine: {}, mounts: [], volumes: [], secret: undefined };

export function tlsParts(pair: ReplicatedMySQL, tls: MySQLTls | undefined): TlsParts {
  if (!tls) return NONE;
  const slices = pair.slices.map(({ name }) => pair._address(name));
  const secret = requireMySQLCertificate(pair, tls, slices);
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
    secret,
  };
}

/** The Secret with the certificate, for the names that programs are given and the names that the servers use between them. */
export function requireMySQLCertificate(database: ReplicatedMySQL, tls: MySQLTls, servers: string[]): string {
  return requireServerCertificate(database, tls.secret, [database.writeAddress, database.readAddress, ...servers]);
}
