import { Size } from 'cdk8s';
import { checked } from './inputs/checked';

/** A server of the site: a name that stays, and an amount of RAM. */
@checked
export class Slice {
  /**
   * @param name What it is called in the site, and what it answers to inside the cluster: `dfw-db01`.
   * @param podName The pod that is this slice: `dfw-db-1`.
   * @param namespace Where its name resolves without a suffix.
   * @param ram Request and limit of all containers of its pod together.
   */
  constructor(
    public readonly name: string,
    public readonly podName: string,
    public readonly namespace: string,
    public readonly ram: Size,
  ) {}
}
