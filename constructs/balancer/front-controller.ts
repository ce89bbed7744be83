import { checkLabelTexts } from '../core/labels';
import { k8s } from '../core/imports';
import { checkName, checkNetworks, problem } from '../core/problems';
import type { Role } from '../core/role';
import { checked } from '../core/inputs/checked';

/**
 * The program of a cluster that carries out an Ingress or an HTTPRoute: nobody else may connect to the balancers then.
 *
 * A network plug-in has to enforce NetworkPolicies. Without one, every pod of the cluster may connect, and name any client's address.
 */
@checked
export class FrontController {
  /**
   * Pods of a namespace, as most controllers are.
   *
   * @param namespace The namespace of the controller, such as `traefik`.
   * @param labels Labels of its pods, such as `{ 'app.kubernetes.io/name': 'traefik' }`.
   */
  public static pods(namespace: string, labels: Record<string, string>): FrontController {
    return new FrontController(namespace, labels, []);
  }

  /**
   * Networks, for a controller that is no pod of the cluster, or that runs in the network of its nodes.
   *
   * Everyone at these addresses may connect, and name any client's address. Name no network of pods or of strangers.
   *
   * @param cidrs Networks, as in `10.1.0.0/16`.
   */
  public static networks(cidrs: string[]): FrontController {
    return new FrontController(undefined, {}, cidrs);
  }

  private constructor(
    private readonly namespace: string | undefined,
    private readonly labels: Record<string, string>,
    private readonly cidrs: string[],
  ) {}

  /** @internal */
  public _check(balancer: Role): void {
    const property = 'front.controller';
    if (this.namespace === undefined) {
      checkNetworks(balancer, property, this.cidrs);
      for (const cidr of this.cidrs.filter((each) => each.endsWith('/0')))
        problem(balancer, property, cidr, 'everyone could pass the controller by; write its networks');
      return;
    }
    checkName(balancer, property, this.namespace);
    checkLabelTexts(balancer, property, this.labels);
    // A policy that selects by no label opens the whole namespace.
    if (Object.keys(this.labels).length === 0)
      problem(
        balancer,
        property,
        this.namespace,
        "write the labels of its pods, as { 'app.kubernetes.io/name': 'traefik' }",
      );
  }

  /** @internal */
  public get _peers(): k8s.NetworkPolicyPeer[] {
    if (this.namespace === undefined) return this.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
    return [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': this.namespace } },
        podSelector: { matchLabels: this.labels },
      },
    ];
  }
}
