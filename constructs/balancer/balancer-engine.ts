import { BalancerImplementation } from './balancer-implementation';
import { HaProxy } from './haproxy';
import { Nginx } from './nginx';
import { Perlbal } from './perlbal';
import { checked } from '../core/inputs/checked';

/** Properties of an engine. */
export interface BalancerEngineProps {
  /**
   * The image.
   *
   * @default - the engine's own, as `BalancerEngine` says
   */
  readonly image?: string;
}

/** Properties of nginx. */
export interface NginxProps extends BalancerEngineProps {
  /**
   * Directives for each `server` block of the site, after the library's: for what has no property.
   *
   * @default - none
   */
  readonly directives?: string;
}

/** The program that a `Balancer` runs. */
@checked
export class BalancerEngine {
  /**
   * nginx, of its public image: docker.io/library/nginx:1.30.
   *
   * Another image needs 1.27.4 or later, which follows names as they change, and the module `stream`, which counts connections.
   */
  public static nginx(props: NginxProps = {}): BalancerEngine {
    return new BalancerEngine(new Nginx(props.image ?? 'docker.io/library/nginx:1.30', props.directives ?? ''));
  }

  /** Perlbal, of this project's image: ghcr.io/cdk8s-slices/perlbal:1.80. */
  public static perlbal(props: BalancerEngineProps = {}): BalancerEngine {
    return new BalancerEngine(new Perlbal(props.image ?? 'ghcr.io/cdk8s-slices/perlbal:1.80'));
  }

  /**
   * HAProxy, of its public image: docker.io/library/haproxy:3.2.
   *
   * It checks every web slice each second. It serves no files and fetches none, so `staticFiles` and `blobs` are errors.
   */
  public static haproxy(props: BalancerEngineProps = {}): BalancerEngine {
    return new BalancerEngine(new HaProxy(props.image ?? 'docker.io/library/haproxy:3.2'));
  }

  private constructor(
    /** @internal */
    public readonly _implementation: BalancerImplementation,
  ) {}

  /** The name of the engine. */
  public get name(): string {
    return this._implementation.name;
  }

  /** The image that it runs. */
  public get image(): string {
    return this._implementation.image;
  }
}
