import { Construct } from 'constructs';
import { OutsidePort } from './network';
import { checkNetwork, checkPort } from './problems';
import { checked } from './inputs/checked';

/** Networks that are not outside: addresses of clusters and of private networks (RFC 1918, 6598, 3927). */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];
/** The same of IPv6: unique local (RFC 4193) and link-local addresses. */
const PRIVATE_6 = ['fc00::/7', 'fe80::/10'];

/**
 * A way out of the cluster. Without one, a slice connects to what it `uses` and to nothing else.
 *
 * The addresses behind it are not checked, as a NetworkPolicy knows no names. An attacker in control of the program can connect to any
 * server of the world on that port. A network plug-in that does not enforce `except` lets it reach private addresses on that port, too.
 */
@checked
export class Egress {
  /** Mail to any server of the world: port 25. */
  public static smtp(): Egress {
    return Egress.port(25);
  }

  /** Mail through a relay that wants a password: port 587. */
  public static submission(): Egress {
    return Egress.port(587);
  }

  /** Web pages and feeds without TLS: port 80. */
  public static http(): Egress {
    return Egress.port(80);
  }

  /** Web pages, feeds and APIs: port 443. */
  public static https(): Egress {
    return Egress.port(443);
  }

  /** Another port of any public address. */
  public static port(port: number): Egress {
    return new Egress([
      { port, cidr: '0.0.0.0/0', except: PRIVATE },
      { port, cidr: '::/0', except: PRIVATE_6 },
    ]);
  }

  /**
   * One server, or a network, public or private.
   *
   * @param cidr Addresses, as in `10.1.2.3/32` or `10.1.0.0/16`.
   */
  public static network(cidr: string, port: number): Egress {
    return new Egress([{ port, cidr }]);
  }

  private constructor(private readonly ports: OutsidePort[]) {}

  /**
   * Ports that it opens to pods of a construct, whose property it is.
   *
   * @internal
   */
  public _of(construct: Construct, property: string): OutsidePort[] {
    for (const { cidr } of this.ports) checkNetwork(construct, property, cidr);
    for (const port of new Set(this.ports.map((each) => each.port))) checkPort(construct, property, port);
    return this.ports;
  }
}
