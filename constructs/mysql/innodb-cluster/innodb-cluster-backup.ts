/** Dumps of an InnoDBCluster, as its operator makes them. */
export interface InnoDBClusterBackup {
  /**
   * The S3-compatible store, `https://HOST:PORT`. Choose a store that does not go down with the servers.
   *
   * Its keys are taken from the Secret `<database>-s3`, which a person makes: `credentials` and `config`, as AWS's own tools have these
   * files, with the profile `default`. The region is in `config`.
   */
  readonly endpoint: string;

  /** The bucket, which has to be there. Nothing removes old dumps: give the bucket a rule that does. */
  readonly bucket: string;

  /**
   * The folder in the bucket; each dump is a folder in it.
   *
   * @default - the name of the database, such as `dfw-db`
   */
  readonly folder?: string;

  /**
   * The addresses of the store, to which the pods that dump may connect.
   *
   * @default 0.0.0.0/0, at the endpoint's port alone
   */
  readonly cidr?: string;

  /**
   * The schedule of dumps of all databases, as cron has it, in UTC. Writes since the last dump are lost with all servers' disks.
   *
   * @default '17 3 * * *'
   */
  readonly schedule?: string;
}
