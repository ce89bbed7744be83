import { SecretFile } from '../core/secret-file';

/** Properties for `AdminProps.remoteWrite`. */
export interface RemoteWriteProps {
  /** The whole address that takes figures: `https://mimir.example.org/api/v1/push`. */
  readonly url: string;

  /**
   * The user of HTTP's basic authentication. It needs `password`.
   *
   * @default - none
   */
  readonly user?: string;

  /**
   * The Secret's key with the password.
   *
   * @default - none
   */
  readonly password?: SecretFile;

  /**
   * The Secret's key with a bearer token, in place of a password.
   *
   * @default - none
   */
  readonly token?: SecretFile;

  /**
   * The network of the server, as in `10.1.0.0/16`.
   *
   * @default - every public address
   */
  readonly cidr?: string;
}
