import { Construct } from 'constructs';
import { envName } from '../core/binding';
import { checked } from '../core/inputs/checked';
import { problem } from '../core/problems';
import { ExistingSecret } from '../core/secret-file';
import { ExternalService, ExternalServiceProps } from './external-service';
import { serverOf } from './server';

/** Properties for `ExternalCache`. */
export interface ExternalCacheProps extends ExternalServiceProps {
  /** The servers with their ports, as in `10.1.2.3:11211` or `[2001:db8::7]:11211`. Clients hash over them in this order. */
  readonly servers: string[];

  /**
   * The key of an existing Secret that has the servers' password, as Valkey's and Redis'.
   *
   * @default - none
   */
  readonly password?: ExistingSecret;
}

/** Caches outside the site. Their users get the variable of a `CachePool`, `MEMC_SERVERS`, and `MEMC_PASSWORD` where there is one. */
@checked
export class ExternalCache extends ExternalService {
  constructor(scope: Construct, id: string, props: ExternalCacheProps) {
    super(scope, id, props);
    if (props.servers.length === 0)
      problem(this, 'servers', props.servers, "name one or more, as in ['10.1.2.3:11211']");
    this._reach(props.servers.map((each) => serverOf(each, 'servers')));
    const { id: of } = this.node;
    this._env = [
      { name: envName(of, 'SERVERS'), value: props.servers.join(',') },
      ...(props.password ? [this._given('password', props.password)(envName(of, 'PASSWORD'))] : []),
    ];
  }
}
