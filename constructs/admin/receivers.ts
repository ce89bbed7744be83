import { Egress } from '../core/egress';
import type { OutsidePort } from '../core/network';
import { checkPort, problem } from '../core/problems';
import type { Role } from '../core/role';
import type { SecretFile } from '../core/secret-file';
import { fitsYaml, urlIn } from '../core/text';
import { checkText } from '../core/values';
import { MESSAGE, SUBJECT } from './messages';
import type { EmailNotifyProps, PagerDutyNotifyProps, SlackNotifyProps, WebhookNotifyProps } from './notify';

/** A receiver of alerts, in the words of Alertmanager's configuration. */
export interface Receiver {
  readonly kind: 'email_configs' | 'webhook_configs' | 'slack_configs' | 'pagerduty_configs';
  readonly settings: object;
  readonly secrets: SecretFile[];
  readonly ports: OutsidePort[];
}

/** Slack's names, and identifiers of channels such as `C012AB3CD`. Alertmanager reads `{{` as a template. */
const CHANNEL = /^[#@]?[\p{Letter}\p{Number}._-]{1,80}$/u;

/** The folder of the keys of Secrets, in the container. */
export const SECRETS = '/etc/alertmanager-secrets';

/** Where a key of a Secret is in that folder. */
export function secretPath({ secret, key }: SecretFile): string {
  return `${secret}/${key}`;
}

export function slack(of: Role, property: string, { secret, channel, port, cidr }: SlackNotifyProps): Receiver {
  if (channel !== undefined && !CHANNEL.test(channel))
    problem(of, `${property}.channel`, channel, "write a channel or a person, such as '#ops' or '@ops'");
  return {
    kind: 'slack_configs',
    settings: {
      api_url_file: `${SECRETS}/${secretPath(secret)}`,
      ...(channel === undefined ? {} : { channel }),
      title: SUBJECT,
      text: MESSAGE,
      send_resolved: true,
    },
    secrets: [secret],
    ports: opened(of, property, port ?? 443, cidr),
  };
}

export function pagerDuty(of: Role, property: string, { secret }: PagerDutyNotifyProps): Receiver {
  return {
    kind: 'pagerduty_configs',
    settings: {
      routing_key_file: `${SECRETS}/${secretPath(secret)}`,
      description: SUBJECT,
      severity: '{{ or .CommonLabels.severity "warning" }}',
      details: { alerts: MESSAGE },
      send_resolved: true,
    },
    secrets: [secret],
    ports: opened(of, property, 443),
  };
}

export function email(of: Role, property: string, props: EmailNotifyProps): Receiver {
  const { to, server, port = 587, user, password, tls = true } = props;
  const from = props.from ?? `${of.node.id}@${of.site.domain}`;
  if (to.length === 0) problem(of, `${property}.to`, '[]', "name one address or more, as in ['ops@example.org']");
  for (const each of to) checkMailAddress(of, `${property}.to`, each);
  checkMailAddress(of, `${property}.from`, from);
  if (!/^[A-Za-z0-9.-]+$/.test(server))
    problem(of, `${property}.server`, server, "write a name or an IPv4 address, such as 'smtp.example.org'");
  if (user !== undefined) checkText(of, `${property}.user`, user);
  if ((user === undefined) !== (password === undefined))
    problem(of, property, user === undefined ? 'a password' : user, "give 'user' and 'password' both, or neither");
  return {
    kind: 'email_configs',
    settings: {
      to: to.join(', '),
      from,
      smarthost: `${server}:${port}`,
      require_tls: tls && port !== 465,
      ...(user === undefined ? {} : { auth_username: user }),
      ...(password ? { auth_password_file: `${SECRETS}/${secretPath(password)}` } : {}),
      headers: { Subject: SUBJECT },
      html: '',
      text: MESSAGE,
      send_resolved: true,
    },
    secrets: password ? [password] : [],
    ports: opened(of, property, port, props.cidr),
  };
}

export function webhook(of: Role, property: string, { url, secret, port, cidr }: WebhookNotifyProps): Receiver {
  if ((url === undefined) === (secret === undefined))
    problem(of, `${property}.url`, url, "give one of 'url' and 'secret', not both");
  if (url !== undefined && port !== undefined)
    problem(of, `${property}.port`, port, "the port of 'url' is in it; leave this out");
  return {
    kind: 'webhook_configs',
    settings: {
      ...(secret ? { url_file: `${SECRETS}/${secretPath(secret)}` } : { url }),
      send_resolved: true,
    },
    secrets: secret ? [secret] : [],
    ports: opened(of, property, url === undefined ? (port ?? 443) : portOf(of, property, url), cidr),
  };
}

/** The port of an address, which is checked. */
function portOf(of: Role, property: string, text: string): number {
  const url = checkUrl(of, `${property}.url`, text, 'https://example.org/alerts');
  if (!url) return 443;
  if (url.username || url.password)
    problem(of, `${property}.url`, url.host, "it has a password in it; put the address into 'secret'");
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

/** The whole address of a page; undefined where it is none, which is recorded. */
export function checkUrl(of: Role, property: string, text: string, example: string): URL | undefined {
  const url = urlIn(text, ['http', 'https']);
  if (!url) problem(of, property, text, `write a whole address, such as '${example}'`);
  return url;
}

function opened(of: Role, property: string, port: number, cidr?: string): OutsidePort[] {
  checkPort(of, `${property}.port`, port);
  const egress = cidr === undefined ? Egress.port(port) : Egress.network(cidr, port);
  return egress._of(of, cidr === undefined ? `${property}.port` : `${property}.cidr`);
}

function checkMailAddress(of: Role, property: string, address: string): void {
  if (!/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(address) || !fitsYaml(address))
    problem(of, property, address, "write an address alone, such as 'ops@example.org'");
}
