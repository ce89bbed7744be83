import { Construct } from 'constructs';
import { checked } from '../core/inputs/checked';
import { ExistingSecret } from '../core/secret-file';
import { ExternalService, ExternalServiceProps } from './external-service';

/** Properties for `ExternalSmtp`. */
export interface ExternalSmtpProps extends ExternalServiceProps {
  /** The relay's name or address. */
  readonly host: string;

  /**
   * The port: 587 for STARTTLS, 465 for TLS from the start, 25 without a password.
   *
   * @default 587
   */
  readonly port?: number;

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
 * A relay outside the site that sends its mail. Its users get `SMTP_HOST`, `SMTP_PORT`, and `SMTP_USER` and `SMTP_PASSWORD` where there are
 * any.
 */
@checked
export class ExternalSmtp extends ExternalService {
  constructor(scope: Construct, id: string, props: ExternalSmtpProps) {
    super(scope, id, props);
    const { host, port = 587, user, password } = props;
    this._offer({ host, port, user, password });
  }
}
