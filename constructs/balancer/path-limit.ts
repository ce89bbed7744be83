/** How often one client may ask for a path. */
export interface PathLimit {
  /**
   * The start of the path, in whole segments: `/login/` is for `/login` and all below it, whatever the case of its letters.
   *
   * @default - every path
   */
  readonly path?: string;

  /**
   * The host name, in lower case and without a port. `*.example.org` is for each name below `example.org`.
   *
   * @default - every host
   */
  readonly host?: string;

  /** The most requests a minute of one client address, from 1 to 6000. As many may come at once. */
  readonly requestsPerMinute: number;
}
