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
   * @default - `dfw-lb-users`, which the command that makes Secrets makes: the user is `admin`, and the key `password` has the password
   */
  readonly secret?: string;
}
