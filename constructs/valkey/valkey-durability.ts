/**
 * How writes to a `Valkey` behave while it has no replica that could take over.
 *
 * Valkey answers a program before the replica has its write, so no value of this makes each acknowledged write safe on its own: docs/valkey.md
 * says what is lost when, and how a program asks for more (`WAIT`).
 */
export enum ValkeyDurability {
  /**
   * Writes go on after 1.5 seconds, or before a replica stops that is about to, with a Warning event and an alert. Choose it if a queue that
   * takes no jobs is worse than the loss of the last ones.
   *
   * If the only server left dies, nothing is taken over until it is back. If its disk is lost, the writes of that time are.
   */
  PREFERRED = 'preferred',

  /**
   * Writes are refused (`NOREPLICAS`) once the replica has been silent for half a second, until it is back. Choose it if no write may be on one
   * server alone for longer than that: a primary that is cut off refuses writes, instead of losing those of its last two seconds.
   *
   * With either server away, planned or not, nothing is written. A replica that is slow for half a second refuses writes, too.
   */
  REQUIRED = 'required',
}
