/** One key of a Secret of the site, which a program finds as a file. */
export interface SecretFile {
  /** The Secret, `dfw-<secret>`. */
  readonly secret: string;

  /** The key in it whose value is the file. */
  readonly key: string;
}

/** One key of a Secret that is not the site's, and that exists already or is made by others. */
export interface ExistingSecret {
  /** The Secret's whole name, in the site's namespace. */
  readonly secret: string;

  /** The key in it whose value the program gets. */
  readonly key: string;
}
