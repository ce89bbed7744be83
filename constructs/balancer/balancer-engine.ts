import { nginxContainers } from './nginx';
import { watchNginx } from './nginx-figures';
import { perlbalContainers } from './perlbal';
import { watchPerlbal } from './perlbal-figures';
import { BalancerParts, BalancerPlan } from './balancer-plan';
import type { Role } from '../core/role';
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

/** The program that a `Balancer` runs. */
@checked
export class BalancerEngine {
  /** nginx, of its public image: docker.io/library/nginx:1.30. Needs 1.27.3 or later, which follows names as they change. */
  public static nginx(props: BalancerEngineProps = {}): BalancerEngine {
    return new BalancerEngine('nginx', props.image ?? 'docker.io/library/nginx:1.30');
  }

  /** Perlbal, of this project's image: ghcr.io/cdk8s-slices/perlbal:1.80. It bounds neither what a client connects nor how slowly it sends. */
  public static perlbal(props: BalancerEngineProps = {}): BalancerEngine {
    return new BalancerEngine('perlbal', props.image ?? 'ghcr.io/cdk8s-slices/perlbal:1.80');
  }

  private constructor(
    /** What it is called. */
    public readonly name: string,
    /** The image that it runs. */
    public readonly image: string,
  ) {}

  /** @internal */
  public _parts(plan: BalancerPlan): BalancerParts {
    return this.name === 'nginx' ? nginxContainers(this.image, plan) : perlbalContainers(this.image, plan);
  }

  /** @internal */
  public _watch(role: Role, port: number): void {
    if (this.name === 'nginx') watchNginx(role, port);
    else watchPerlbal(role, port);
  }
}
