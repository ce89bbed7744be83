import { HandOverRam, clientLimit, handoverLimit } from './postfix-ram';
import { Recipients, recipientFiles, recipientParameters } from './recipients';

/** Settings of a slice's Postfix. */
export interface PostfixSettings extends Recipients {
  readonly hostName: string;
  /** Of the slice, in MiB. */
  readonly ram: number;
  /** In bytes. */
  readonly largestMessage: number;
  readonly connectionsPerMinute: number;
  readonly messagesPerMinute: number;
  readonly tls: boolean;
  readonly handOver: HandOverRam;
  /** The program that each message is handed to, with its arguments. */
  readonly command: string[];
}

/** The mount of the certificate. */
export const TLS_FOLDER = '/etc/slices/tls';

/** The files of a slice in /etc/slices/postfix. */
export function postfixFiles(settings: PostfixSettings): Record<string, string> {
  return {
    'main.cf': mainConfiguration(settings),
    'master.cf': masterConfiguration(settings),
    ...recipientFiles(settings),
  };
}

/** The site's parameters, appended to the image's. */
function mainConfiguration(settings: PostfixSettings): string {
  const { hostName, domains, ram, largestMessage, handOver, connectionsPerMinute, messagesPerMinute } = settings;
  return `# Postfix receives for these domains alone, and refuses to relay to any other.
myhostname = ${hostName}
${recipientParameters(settings)}
# An address without a domain, as "postmaster" of RFC 5321, is one of the first.
myorigin = ${domains[0] ?? hostName}
smtpd_recipient_restrictions = ${refuseOwn(settings)}reject_unauth_destination

# Each message goes to the site's own program, once for each recipient.
virtual_transport = site
site_destination_recipient_limit = 1
site_destination_concurrency_limit = ${handoverLimit(ram, largestMessage, handOver)}
# A program that hangs is ended, and the message tried again.
site_time_limit = 300s

# What the RAM allows: programs that talk to those that send.
default_process_limit = ${clientLimit(ram, largestMessage, handOver)}
# In bytes. A larger message is refused at the start; a volume with less than one and a half of it left takes none.
message_size_limit = ${largestMessage}

# For each client's address: connections and messages in a minute, and connections at a time. Nobody is excepted.
anvil_rate_time_unit = 60s
smtpd_client_connection_rate_limit = ${connectionsPerMinute}
smtpd_client_message_rate_limit = ${messagesPerMinute}
smtpd_client_connection_count_limit = ${Math.max(2, Math.floor(clientLimit(ram, largestMessage, handOver) / 4))}
smtpd_client_event_limit_exceptions =
${settings.tls ? tls() : '\nsmtpd_tls_security_level = none\n'}`;
}

/** STARTTLS is offered and not demanded, as RFC 3207 wants of a public server: a sender without it sends in the clear. */
function tls(): string {
  return `
# Offered to all, demanded of none; the message tells which cipher it came with. smtpd reads the files when it starts, and starts anew after 100 clients.
smtpd_tls_security_level = may
smtpd_tls_chain_files = ${TLS_FOLDER}/tls.key, ${TLS_FOLDER}/tls.crt
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
`;
}

/** Postfix takes mail for an address of its own by which it knows its bounces, and has nobody to give it to. */
function refuseOwn({ hostName, domains }: PostfixSettings): string {
  if (domains.includes(hostName)) return '';
  return `check_recipient_access inline:{ { double-bounce@${hostName} = REJECT } }, `;
}

/** The port at which Prometheus asks how much mail waits. */
export const FIGURES_PORT = 7912;

/** The entries of master.cf that hand messages over, and that tell how many wait: as the group that may see the spool. */
function masterConfiguration(settings: PostfixSettings): string {
  const limit = handoverLimit(settings.ram, settings.largestMessage, settings.handOver);
  return `site unix - n n - ${limit} pipe
  flags=q null_sender= user=handover argv=/usr/local/bin/hand-over \${queue_id} \${sender} \${original_recipient} ${settings.command.join(' ')}
${FIGURES_PORT} inet n n n - 1 spawn
  user=handover:postdrop argv=/usr/local/bin/spool-figures
`;
}
