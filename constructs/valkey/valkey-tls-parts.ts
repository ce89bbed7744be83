import { CERTIFICATE_FILES, CERTIFICATE_FOLDER } from '../../contract/valkey-tls';
import { k8s } from '../core/imports';
import { requireServerCertificate } from '../pair/server-certificate';
import type { Valkey } from './valkey';
import { PORT, TLS_PORT, tlsLines } from './valkey-conf';
import type { Line } from './valkey-conf';
import { ValkeyTls } from './valkey-tls';

/** The mount of the certificate for a server and its agent. */
const FOLDER = '/tls';

/** Parts that a certificate adds to a pair, and the ports that follow from it. */
export interface TlsParts {
  readonly secret: string | undefined;
  /** The ports that clients connect to, the one for programs first. */
  readonly ports: readonly [k8s.ServicePort, ...k8s.ServicePort[]];
  /** The port by which agents and servers reach the other one. */
  readonly between: number;
  /** Lines of the configuration. */
  readonly lines: Line[];
  readonly env: k8s.EnvVar[];
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
}

const PLAIN = { name: 'valkey', port: PORT, appProtocol: 'redis' };
const ENCRYPTED = { name: 'valkey-tls', port: TLS_PORT, appProtocol: 'rediss' };
const NONE: TlsParts = {
  secret: undefined,
  ports: [PLAIN],
  between: PORT,
  lines: [],
  env: [],
  mounts: [],
  volumes: [],
};

export function tlsParts(pair: Valkey, tls: ValkeyTls | undefined): TlsParts {
  if (!tls) return NONE;
  const secret = requireServerCertificate(pair, tls.secret, [
    pair.address,
    ...pair.slices.map(({ name }) => pair._address(name)),
  ]);
  const { certificate, key, authority } = CERTIFICATE_FILES;
  const files = {
    certificate: `${FOLDER}/${certificate}`,
    key: `${FOLDER}/${key}`,
    authority: `${FOLDER}/${authority}`,
  };
  return {
    secret,
    ports: tls.required ? [ENCRYPTED] : [PLAIN, ENCRYPTED],
    between: TLS_PORT,
    lines: tlsLines(files, tls.required ?? false),
    env: [{ name: CERTIFICATE_FOLDER, value: FOLDER }],
    mounts: [{ name: 'tls', mountPath: FOLDER, readOnly: true }],
    volumes: [{ name: 'tls', secret: { secretName: secret, defaultMode: 0o440 } }],
  };
}
