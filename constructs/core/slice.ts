import { Size } from 'cdk8s';
import { checked } from './inputs/checked';

/** A server of the site: a name, and an amount of RAM. */
@checked
export class Slice {
  /**
   * @param name The name on the plan of the site: `dfw-db01`. A slice with a pod of its own answers to it inside the cluster.
   * @param namespace The namespace of its pod, where its name resolves without a suffix.
   * @param ram Request and limit of all containers of its pod together.
   * @param podName The pod that is this slice: `dfw-db-1`. None where all slices of the role are alike, and Kubernetes names their pods.
   */
  constructor(
    public readonly name: string,
    public readonly namespace: string,
    public readonly ram: Size,
    public readonly podName?: string,
  ) {}
}
