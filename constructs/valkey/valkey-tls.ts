/** The certificate of a pair of Valkey servers, and whether programs have to use it. */
export interface ValkeyTls {
  /**
   * The Secret with `tls.crt`, `tls.key` and `ca.crt`, for the names of the pair: `shop-valkey-active…` and that of each slice.
   * A renewed one is loaded without a restart, within some two minutes.
   *
   * @default - `<pair>-tls`, made by `cdk8s-slices secrets`: signed by itself, for ten years
   */
  readonly secret?: string;

  /**
   * Whether the port without TLS (6379) is closed. Set it once every program speaks TLS.
   *
   * @default false
   */
  readonly required?: boolean;
}
