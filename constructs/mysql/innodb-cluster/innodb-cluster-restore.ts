/** The dump that a new InnoDBCluster begins with: a dump of MySQL Shell, as `InnoDBClusterBackup` has them made. */
export interface InnoDBClusterRestore {
  /** The S3-compatible store, `https://HOST:PORT`. Its keys are taken from the Secret `<database>-s3`, as for backups. */
  readonly endpoint: string;

  /** The bucket that the dump is in. */
  readonly bucket: string;

  /** The folder of the dump itself in the bucket, such as `dfw-db/dfw-db-dump251127031700`. */
  readonly folder: string;

  /**
   * The addresses of the store, to which the servers may connect.
   *
   * @default 0.0.0.0/0, at the endpoint's port alone
   */
  readonly cidr?: string;
}
