/** A path that only users with a password reach, by HTTP's basic authentication. */
export interface ProtectedPath {
  /**
   * The start of the path, in whole segments: `/admin/` is for `/admin` and all below it, whatever the case of its letters.
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

  /**
   * A Secret that exists, by its whole name, in the site's namespace. Its key `auth` has a line for each user, as `htpasswd -B` makes it.
   *
   * Hashes that crypt(3) knows, such as bcrypt, work with each engine; others, such as htpasswd's MD5, with nginx alone.
   *
   * The command that makes Secrets never makes it up.
   */
  readonly secret: string;
}
