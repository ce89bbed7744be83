/** An account of a pair beside the site's own, for a program that may do less than the site's code. */
export interface MySQLAccount {
  /** Its name: up to 32 lower-case letters, digits and hyphens. Its password is in the Secret `<pair>-<name>`. */
  readonly name: string;

  /**
   * The databases that it may use. Programs are told of the first.
   *
   * @default - all of the pair's
   */
  readonly databases?: string[];

  /**
   * Whether it may only read. Its programs then connect to the servers that are read from.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}
