/** One key of a Secret of the site, which a program finds as a file. */
export interface SecretFile {
  /** The Secret, `dfw-<secret>`. */
  readonly secret: string;

  /** The key in it whose value is the file. */
  readonly key: string;
}
