/** The backup that a new pair begins with. */
export interface MySQLRestore {
  /** The S3-compatible store, `https://HOST:PORT`. Its keys are taken from the Secret `<pair>-backup`, `access-key` and `secret-key`. */
  readonly endpoint: string;

  /** The bucket that the backup is in. */
  readonly bucket: string;

  /** The folder of the backup in the bucket: the name of its pair, such as `dfw-db`, unless that pair's `MySQLBackup` says otherwise. */
  readonly folder: string;

  /**
   * The region that requests are signed for.
   *
   * @default us-east-1
   */
  readonly region?: string;

  /**
   * The addresses of the store, to which the pair's pods may connect.
   *
   * @default 0.0.0.0/0, at the endpoint's port alone
   */
  readonly cidr?: string;

  /**
   * The end of the restore: a time with its zone (`2026-11-24T19:00:00Z`) or a transaction (`UUID:NUMBER`). The last restored transaction
   * was committed by that time, or is the named one.
   *
   * @default - everything that the store has
   */
  readonly until?: string;
}
