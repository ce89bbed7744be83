/**
 * How writes behave while a pair has no replica.
 *
 * In either case, the loss of one server, its network or its disk loses no acknowledged write if both were well before: the other has
 * received it. A replica that lacks an acknowledged write is never promoted by itself. Neither survives the loss of both disks:
 * `MySQLBackup` is for that. Measurements, and the cases not measured: docs/replicated-mysql.md.
 */
export enum Durability {
  /**
   * Writes go on after 1.5 seconds, or before a replica stops that is about to, with a Warning event and an alert. Choose it if a site that
   * takes no posts is worse than the loss of the last ones.
   *
   * Lost: writes acknowledged from the moment that the replica went until it is back and has everything, if the only server left loses its
   * disk meanwhile. If that server goes in that time but its disk stays, nothing is lost, and nothing is written until it is back.
   */
  PREFERRED = 'preferred',

  /**
   * Writes wait until the replica is back. Choose it if no acknowledged write may ever be on one disk alone.
   *
   * Lost: nothing, by the loss of either disk at any time. With either server away, planned or not, nothing is written.
   */
  REQUIRED = 'required',
}
