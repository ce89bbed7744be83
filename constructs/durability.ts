/**
 * What happens to writes while a pair has no replica. In either case nothing acknowledged is lost as long as the disk of the
 * server that was last the primary survives, and a replica that lacks something acknowledged is never promoted by itself.
 */
export enum Durability {
  /**
   * They go on, with a Warning event and a metric. Until the replica is back and has everything, an acknowledged write is
   * on one disk only: it is lost with that disk, and nothing is written while that server is away.
   */
  GO_ON = 'go-on',

  /**
   * They wait. Each acknowledged write is on two disks at every moment; with either server away, planned or not, nothing is
   * written.
   */
  BLOCK = 'block',
}
