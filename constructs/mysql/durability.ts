/**
 * What happens to writes while a pair has no replica.
 *
 * In either case, no acknowledged write is lost by the loss of one server, its network or its disk while both were well before:
 * the other has received it. A replica that lacks something acknowledged is never promoted by itself. Neither survives the
 * loss of both disks: that is what `MySQLBackup` is for. What was measured, and what was not: docs/replicated-mysql.md.
 */
export enum Durability {
  /**
   * They go on after 1.5 seconds, or before a replica stops that is about to, with a Warning event and an alert. Choose it where a site that takes no posts is worse than
   * the loss of the last ones.
   *
   * Lost: what was acknowledged from the moment that the replica went until it is back and has everything, when in that time
   * the disk of the only server left is lost. When that server goes in that time but its disk stays, nothing is lost, and
   * nothing is written until it is back.
   */
  PREFERRED = 'preferred',

  /**
   * They wait until the replica is back. Choose it where no acknowledged write may ever be on one disk alone.
   *
   * Lost: nothing, by the loss of either disk at any time. With either server away, planned or not, nothing is written.
   */
  REQUIRED = 'required',
}
