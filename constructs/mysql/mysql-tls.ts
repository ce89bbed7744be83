/** The certificate of a pair's servers, and whether programs have to use it. */
export interface MySQLTls {
  /**
   * The Secret with `tls.crt`, `tls.key` and `ca.crt`, for the names of the pair: `dfw-db-write…`, `dfw-db-read…`, and that of each slice.
   * A server takes a renewed one at its next start.
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
