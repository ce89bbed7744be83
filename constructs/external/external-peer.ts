import { CidrPeer, FqdnPeer, Peer, PodPeer } from './peers';
import { checked } from '../core/inputs/checked';

/**
 * How network policies know a server outside the site, as a NetworkPolicy of Kubernetes knows addresses and labels, and no names.
 *
 * It says where pods may connect, and not who answers there: only a certificate that the program verifies tells that.
 */
@checked
export class ExternalPeer {
  /**
   * Addresses that the server's name leads to. Write all of them: a connection to any other is refused, also when the name moves.
   *
   * @param cidrs Networks, as in `10.1.2.3/32` or `10.1.0.0/16`.
   */
  public static cidrs(cidrs: string[]): ExternalPeer {
    return new ExternalPeer(new CidrPeer(cidrs));
  }

  /**
   * Pods of another namespace of this cluster, such as the database of another team. A policy of that namespace has to let the site in.
   *
   * @param namespace The namespace of the pods.
   * @param labels Labels of the pods.
   */
  public static pods(namespace: string, labels: Record<string, string>): ExternalPeer {
    return new ExternalPeer(new PodPeer(namespace, labels));
  }

  /**
   * All addresses that the server's name has, by a CiliumNetworkPolicy. Other network plug-ins ignore it, or refuse the manifest.
   *
   * Cilium learns the addresses from the lookups of the pods, which then go through its DNS proxy. It was not run with Cilium yet.
   */
  public static ciliumFqdn(): ExternalPeer {
    return new ExternalPeer(new FqdnPeer());
  }

  private constructor(
    /** @internal */
    public readonly _peer: Peer,
  ) {}
}
