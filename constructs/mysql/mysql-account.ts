/** An account of a pair beside the site's own, for a program that shall not do all that the site's code can. */
export interface MySQLAccount {
  /** Its name: up to 32 lower-case letters, digits and hyphens. Its password is in the Secret `<pair>-<name>`. */
  readonly name: string;

  /**
   * The databases that it may use; the first is the one that its programs are told of.
   *
   * @default - all of the pair's
   */
  readonly databases?: string[];

  /**
   * Whether it may only read. Its programs are then sent to the servers that are read from.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}
