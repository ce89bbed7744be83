/** The volume of a server: what its log has is there again after each start. */
export class Volume {
  /** The rows of the log, in their order. */
  public log: number[] = [];

  public constructor(public readonly id: string) {}
}
