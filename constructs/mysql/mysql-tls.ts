/** The certificate of a pair's servers, and who has to use it. */
export interface MySQLTls {
  /**
   * The Secret with `tls.crt`, `tls.key` and `ca.crt`, for the names of the pair: `dfw-db-write…`, `dfw-db-read…`, and that of
   * each slice. A renewed one is taken at a server's next start.
   *
   * @default - `<pair>-tls`, made by `cdk8s-slices secrets`: signed by itself, for ten years
   */
  readonly secret?: string;

  /**
   * Whether clients without TLS are refused. Set it once every program speaks TLS: the trackers of MogileFS do not.
   *
   * @default false
   */
  readonly required?: boolean;
}
