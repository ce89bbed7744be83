import { Construct } from 'constructs';
import { checked } from '../core/inputs/checked';
import { ExistingSecret } from '../core/secret-file';
import type { Binding } from '../core/binding';
import { ExternalService, ExternalServiceProps } from './external-service';

/** Its owner says how many there are: 16 without a setting. */
const MOST_DATABASES = 10_000;

/** Properties for `ExternalQueue`. */
export interface ExternalQueueProps extends ExternalServiceProps {
  /** The server's name or address. */
  readonly host: string;

  /** The port: 6379 is Valkey's and Redis', 5672 is RabbitMQ's, 11300 is beanstalkd's. */
  readonly port: number;

  /**
   * The account's name.
   *
   * @default - none
   */
  readonly user?: string;

  /**
   * The key of an existing Secret that has the password.
   *
   * @default - none
   */
  readonly password?: ExistingSecret;
}

/**
 * A server of queues outside the site, such as RabbitMQ or Valkey. Its users get `QUEUE_HOST`, `QUEUE_PORT`, and `QUEUE_USER` and
 * `QUEUE_PASSWORD` where there are any.
 */
@checked
export class ExternalQueue extends ExternalService {
  constructor(scope: Construct, id: string, props: ExternalQueueProps) {
    super(scope, id, props);
    const { host, port, user, password } = props;
    this._offer({ host, port, user, password });
  }

  /** @internal */
  public override _bindings(): Binding[] {
    return super._bindings().map((each) => ({ ...each, listDatabases: MOST_DATABASES }));
  }
}
