import { domainToUnicode } from 'node:url';
import { Construct } from 'constructs';
import { problem } from '../core/problems';

/** The addresses that a mail intake has. */
export interface Recipients {
  readonly domains: string[];
  readonly recipients?: string[] | undefined;
  readonly recipientPatterns?: string[] | undefined;
  readonly recipientDelimiters?: string | undefined;
}

/** Local parts that RFC 5321 allows before the `@` without quotes, and RFC 6531 beyond ASCII: atoms with single dots between. */
const ATOM = "(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\\p{ASCII}\\p{Other}\\p{Separator}])+";
const LOCAL = new RegExp(`^${ATOM}([.]${ATOM})*$`, 'u');
/** In bytes: RFC 5321, 4.5.3.1.1. */
const LONGEST_LOCAL = 64;
const ASCII = /^[ -~]*$/;
const ADDRESS = "write a mail address, such as 'post@example.org'";
/** Each of these may begin the text after a name; `#`, `$` or a letter among them would be no delimiter to a reader. */
const DELIMITERS = /^[+=_.-]+$/;

/** The folder of the files of `recipientFiles()` on a slice. */
const FOLDER = '/etc/slices/postfix';
const ADDRESSES = 'recipients';
const PATTERNS = 'recipient-patterns';

/** Records the domains and addresses that Postfix would not accept, or would take for something else. */
export function checkRecipients(intake: Construct, of: Recipients): void {
  const { recipients, recipientPatterns: patterns, recipientDelimiters: delimiters } = of;
  for (const domain of of.domains.filter((each) => each.includes('xn--') && domainToUnicode(each) === ''))
    problem(
      intake,
      'domains',
      domain,
      "it stands for no name in another script; write it as in 'xn--e1afmkfd.example'",
    );
  if (recipients?.length === 0)
    problem(intake, 'recipients', recipients, 'name the addresses that exist, or leave it out');
  if (patterns?.length === 0) problem(intake, 'recipientPatterns', patterns, 'name one or more, or leave it out');
  for (const address of recipients ?? []) checkAddress(intake, 'recipients', address, of.domains);
  for (const pattern of patterns ?? []) {
    checkAddress(intake, 'recipientPatterns', pattern, of.domains);
    if (!pattern.includes('*'))
      problem(intake, 'recipientPatterns', pattern, "write a '*' for any text, or name it in 'recipients'");
    if (!ASCII.test(pattern))
      problem(intake, 'recipientPatterns', pattern, 'write it in ASCII: in other scripts capitals would not be taken');
  }
  if (delimiters === undefined) return;
  if (!DELIMITERS.test(delimiters))
    problem(intake, 'recipientDelimiters', delimiters, "write '+', or others of + - = _ .");
  if (!recipients)
    problem(intake, 'recipientDelimiters', delimiters, "name 'recipients'; without, every address exists");
}

function checkAddress(intake: Construct, property: string, address: string, domains: string[]): void {
  const [, local = '', domain = ''] = /^([^@]*)@([^@]*)$/u.exec(address) ?? [];
  if (!LOCAL.test(local) || domain === '') problem(intake, property, address, ADDRESS);
  else if (Buffer.byteLength(local) > LONGEST_LOCAL)
    problem(intake, property, address, `before the '@' it has more than ${LONGEST_LOCAL} bytes; shorten it`);
  else if (/[%!]/.test(local))
    problem(
      intake,
      property,
      address,
      "Postfix takes '%' and '!' for a way to another server; write an address without",
    );
  else if (/^[-#]/.test(local))
    problem(intake, property, address, "Postfix takes none that begins with '-' or '#'; write another");
  else if (address !== address.normalize('NFC'))
    problem(intake, property, address, "write it in Unicode's form NFC, in which addresses are sent");
  else if (!domains.includes(domain))
    problem(intake, property, address, `its domain is none of ${domains.join(', ')}; add it to domains`);
}

/** The domains, each in every way that a sender may write it: `xn--e1afmkfd.example` also as `пример.example`. */
export function spellings(domains: string[]): string[] {
  return [...new Set(domains.flatMap((domain) => [domain, domainToUnicode(domain) || domain]))];
}

/**
 * The tables of the addresses that exist. They are files: in main.cf, and in a table that is written there, `$`, `{` and `=` mean
 * something.
 */
export function recipientFiles({ recipients, recipientPatterns }: Recipients): Record<string, string> {
  return {
    ...(recipients && {
      [ADDRESSES]: everySpelling(recipients)
        .map((each) => `${each} site\n`)
        .join(''),
    }),
    ...(recipientPatterns && {
      [PATTERNS]: everySpelling(recipientPatterns)
        .map((each) => `/${expressionOf(each)}/ site\n`)
        .join(''),
    }),
  };
}

function everySpelling(addresses: string[]): string[] {
  return addresses.flatMap((address) => {
    const at = address.lastIndexOf('@') + 1;
    return spellings([address.slice(at)]).map((domain) => address.slice(0, at) + domain);
  });
}

/** The POSIX regular expression for a pattern, as regexp_table(5) reads it between slashes: it ends at one without a backslash. */
function expressionOf(pattern: string): string {
  const escaped = pattern.replace(/[^A-Za-z0-9\u0080-\u{10ffff}]/gu, (character) => {
    if (character === '*') return '[^@]*';
    return '/^'.includes(character) ? `\\${character}` : `[${character}]`;
  });
  return `^${escaped}$`;
}

/** The parameters of main.cf that say which addresses exist. */
export function recipientParameters(of: Recipients): string {
  const { domains, recipients, recipientPatterns: patterns, recipientDelimiters: delimiters } = of;
  const tables = [
    ...(recipients ? [`texthash:${FOLDER}/${ADDRESSES}`] : []),
    ...(patterns ? [`regexp:${FOLDER}/${PATTERNS}`] : []),
  ];
  return [
    `virtual_mailbox_domains = ${spellings(domains).join(' ')}`,
    `virtual_mailbox_maps = ${tables.length > 0 ? tables.join(' ') : 'static:all'}`,
    ...(delimiters === undefined ? [] : [`recipient_delimiter = ${delimiters}`]),
  ].join('\n');
}
