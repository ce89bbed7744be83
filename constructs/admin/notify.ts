import { checked } from '../core/inputs/checked';
import type { Role } from '../core/role';
import { SecretFile } from '../core/secret-file';
import { Receiver, email, pagerDuty, slack, webhook } from './receivers';

/** Properties for `Notify.email`. */
export interface EmailNotifyProps {
  /** The addresses that receive the alerts. */
  readonly to: string[];

  /** The mail server that takes messages for these addresses: its name or address. */
  readonly server: string;

  /**
   * The port of the server.
   *
   * @default 587
   */
  readonly port?: number;

  /**
   * The sender's address.
   *
   * @default - the Admin's name at the site's domain, as admin@example.org
   */
  readonly from?: string;

  /**
   * The user to log in as, with the password in `password`.
   *
   * @default - no login
   */
  readonly user?: string;

  /**
   * The user's password.
   *
   * @default - no login
   */
  readonly password?: SecretFile;

  /**
   * Whether the server must offer TLS (STARTTLS, or TLS from the start at port 465). Its certificate is verified.
   *
   * @default true
   */
  readonly tls?: boolean;

  /**
   * The server's addresses, which the network policy opens at its port.
   *
   * @default - every public address
   */
  readonly cidr?: string;
}

/** Properties for `Notify.webhook`. Give either `url` or `secret`. */
export interface WebhookNotifyProps {
  /**
   * The address that is called with each message (POST, JSON).
   *
   * @default - the one in `secret`
   */
  readonly url?: string;

  /**
   * The address, where knowing it is all that a caller needs.
   *
   * @default - the one in `url`
   */
  readonly secret?: SecretFile;

  /**
   * The port of the address in `secret`.
   *
   * @default 443
   */
  readonly port?: number;

  /**
   * The server's addresses, which the network policy opens at its port.
   *
   * @default - every public address
   */
  readonly cidr?: string;
}

/** Properties for `Notify.slack`. */
export interface SlackNotifyProps {
  /** The address of an incoming webhook of Slack, or of a service with the same interface, such as Mattermost. */
  readonly secret: SecretFile;

  /**
   * The channel, as `#ops`.
   *
   * @default - the channel of the webhook
   */
  readonly channel?: string;

  /**
   * The port of the address in `secret`.
   *
   * @default 443
   */
  readonly port?: number;

  /**
   * The service's addresses, which the network policy opens at its port.
   *
   * @default - every public address
   */
  readonly cidr?: string;
}

/** Properties for `Notify.pagerDuty`. */
export interface PagerDutyNotifyProps {
  /** The integration key of a service of PagerDuty (Events API v2). */
  readonly secret: SecretFile;
}

/** A way in which `Admin` tells people of alerts, and of their end. */
@checked
export class Notify {
  /** By mail, through a mail server that is not the site's: `MailIntake` only receives. */
  public static email(props: EmailNotifyProps): Notify {
    return new Notify((of, property) => email(of, property, props));
  }

  /** By a call of a program of yours, which gets Alertmanager's JSON. */
  public static webhook(props: WebhookNotifyProps): Notify {
    return new Notify((of, property) => webhook(of, property, props));
  }

  /** By a message in a channel of Slack. */
  public static slack(props: SlackNotifyProps): Notify {
    return new Notify((of, property) => slack(of, property, props));
  }

  /** By an incident of PagerDuty. */
  public static pagerDuty(props: PagerDutyNotifyProps): Notify {
    return new Notify((of, property) => pagerDuty(of, property, props));
  }

  private constructor(private readonly build: (of: Role, property: string) => Receiver) {}

  /** @internal */
  public _receiver(of: Role, property: string): Receiver {
    return this.build(of, property);
  }
}
