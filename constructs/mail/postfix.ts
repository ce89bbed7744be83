import { Recipients, recipientFiles, recipientParameters } from './recipients';

/** What Postfix says of itself to those that send mail to it. */
export interface PostfixSettings extends Recipients {
  readonly hostName: string;
  /** Of the slice, in MiB. */
  readonly ram: number;
  /** In bytes. */
  readonly largestMessage: number;
  readonly connectionsPerMinute: number;
  readonly messagesPerMinute: number;
  readonly tls: boolean;
  /** The program that each message is handed to, with its arguments. */
  readonly command: string[];
}

/** Where the certificate is mounted. */
export const TLS_FOLDER = '/etc/slices/tls';

/**
 * What master, qmgr, cleanup, tlsmgr and the other programs that there is one of take together, in MiB (docs/mail-intake.md). With
 * nobody connected 9 were measured, so that there is room for what tells how much mail waits, while it is asked.
 */
const BASE = 40;
/** What an smtpd with a client in a TLS session, and its part of cleanup and rewrite, takes, in MiB. */
const CLIENT = 4;
/** What a hand-over takes beside the message: pipe, and a Perl program with TheSchwartz and its driver, in MiB. */
const HANDOVER = 32;
/** `mail-to-queue` holds a message as it was read, as an argument of the job, and as sent to the database. */
const COPIES = 3;

/** Clients that there is always room for, beside a hand-over. */
const LEAST_CLIENTS = 4;

/** Below this, one hand-over of a message of 10 MB leaves nothing for those that send. */
export const LEAST_MEBIBYTES = 128;

/** The largest message, in whole MiB, that one hand-over at a time has the RAM for. */
export function messageLimit(ram: number): number {
  return Math.floor((ram - BASE - LEAST_CLIENTS * CLIENT - HANDOVER) / COPIES);
}

/** Messages that are handed over at a time: half of the RAM that Postfix leaves, each with the largest message. */
export function handoverLimit(ram: number, largestMessage: number): number {
  const each = HANDOVER + (COPIES * largestMessage) / 1_048_576;
  return Math.max(1, Math.floor((ram - BASE) / 2 / each));
}

/**
 * Postfix's `default_process_limit`, and so the number of those that may send at a time: what hand-overs leave. Its own
 * default is 100; more than 1,000 are not of use to a site of this size.
 */
export function clientLimit(ram: number, largestMessage: number): number {
  const each = HANDOVER + (COPIES * largestMessage) / 1_048_576;
  const left = ram - BASE - handoverLimit(ram, largestMessage) * each;
  return Math.min(1000, Math.max(LEAST_CLIENTS, Math.floor(left / CLIENT)));
}

/** What a slice has in /etc/slices/postfix. */
export function postfixFiles(settings: PostfixSettings): Record<string, string> {
  return {
    'main.cf': mainConfiguration(settings),
    'master.cf': masterConfiguration(settings),
    ...recipientFiles(settings),
  };
}

/** The site's parameters: they are appended to those of the image. */
function mainConfiguration(settings: PostfixSettings): string {
  const { hostName, domains, ram, largestMessage, connectionsPerMinute, messagesPerMinute } = settings;
  return `# Postfix receives for these domains alone, and refuses to relay to any other.
myhostname = ${hostName}
${recipientParameters(settings)}
# An address without a domain, as "postmaster" of RFC 5321, is one of the first.
myorigin = ${domains[0] ?? hostName}
smtpd_recipient_restrictions = ${refuseOwn(settings)}reject_unauth_destination

# Each message goes to the site's own program, once for each recipient.
virtual_transport = site
site_destination_recipient_limit = 1
site_destination_concurrency_limit = ${handoverLimit(ram, largestMessage)}
# A program that hangs is ended, and the message tried again.
site_time_limit = 300s

# What the RAM allows: programs that talk to those that send.
default_process_limit = ${clientLimit(ram, largestMessage)}
# In bytes. A larger message is refused at the start; a volume with less than one and a half of it left takes none.
message_size_limit = ${largestMessage}

# For each client's address: connections and messages in a minute, and connections at a time. Nobody is excepted.
anvil_rate_time_unit = 60s
smtpd_client_connection_rate_limit = ${connectionsPerMinute}
smtpd_client_message_rate_limit = ${messagesPerMinute}
smtpd_client_connection_count_limit = ${Math.max(2, Math.floor(clientLimit(ram, largestMessage) / 4))}
smtpd_client_event_limit_exceptions =
${settings.tls ? tls() : '\nsmtpd_tls_security_level = none\n'}`;
}

/** STARTTLS is offered and not demanded: who sends without it sends in the clear, as RFC 3207 wants of a public server. */
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

/** Where Prometheus asks how much mail waits. */
export const FIGURES_PORT = 7912;

/** The entries of master.cf that hand messages over, and that tell how many wait: as the group that may see the spool. */
function masterConfiguration(settings: PostfixSettings): string {
  const limit = handoverLimit(settings.ram, settings.largestMessage);
  return `site unix - n n - ${limit} pipe
  flags=q null_sender= user=handover argv=/usr/local/bin/hand-over \${queue_id} \${sender} \${original_recipient} ${settings.command.join(' ')}
${FIGURES_PORT} inet n n n - 1 spawn
  user=handover:postdrop argv=/usr/local/bin/spool-figures
`;
}
