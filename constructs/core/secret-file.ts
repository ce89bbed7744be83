/** One key of a Secret of the site, which a program finds as a file. */
export interface SecretFile {
  /** The Secret, `dfw-<secret>`. */
  readonly secret: string;

  /** The key in it whose value is the file. */
  readonly key: string;

  /**
   * Whether `cdk8s-slices secrets` makes the value up, as 32 random letters and digits. Write true for a value that only the site knows, as
   * a key by which it signs its own cookies.
   *
   * @default false: the command makes nothing up, and names the key until somebody has put the value there
   */
  readonly generate?: boolean;
}

/** One key of a Secret that is not the site's, and that exists already or is made by others. */
export interface ExistingSecret {
  /** The Secret's whole name, in the namespace of each role that uses it. */
  readonly secret: string;

  /** The key in it whose value the program gets. */
  readonly key: string;
}
