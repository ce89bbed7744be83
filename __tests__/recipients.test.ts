import { Size } from 'cdk8s';
import * as fc from 'fast-check';
import { Smtp } from '../e2e/smtp';
import { MailHandler, MailIntake, MailIntakeProps } from '../constructs';
import { Postfix } from './postfix';
import { newSite, ofKind, problems, synth } from './support';
import { testWith } from './tools';

const ram = Size.mebibytes(256);
const handler = MailHandler.command({ command: ['keep'] });
const DOMAINS = ['example.org', 'xn--e1afmkfd.example'];

function intake(props: Partial<MailIntakeProps>): MailIntake {
  const many = { connectionsPerMinute: 10_000, messagesPerMinute: 10_000, tls: false };
  return new MailIntake(newSite(), 'mail', { ram, handler, domains: DOMAINS, ...many, ...props });
}

/** Runs Postfix as the properties say, and asks it. */
async function serving(props: Partial<MailIntakeProps>, ask: (smtp: Smtp, postfix: Postfix) => Promise<void>) {
  const config = ofKind(synth(intake(props)), 'ConfigMap').find(({ metadata }) => /-postfix-/.test(metadata.name));
  const postfix = await Postfix.start(config.data);
  try {
    const smtp = await postfix.open();
    await ask(smtp, postfix);
    smtp.close();
  } finally {
    postfix.stop();
  }
}

/** The answers to these addresses, without their texts: 250 takes one, 550 and its like refuse it for good. */
async function answers(addresses: string[], smtp: Smtp, postfix: Postfix): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const address of addresses) all[address] = (await postfix.answers(address, smtp)).slice(0, 3);
  return all;
}

function everyOne(addresses: string[], answer: string): Record<string, string> {
  return Object.fromEntries(addresses.map((each) => [each, answer]));
}

/** `q` is in no address, so that one with it is another. */
const LETTERS = Array.from("abcABC019$$$&'*+/=?^_`{{}}|~-#ßпЖИéü漢ﬀ😀");
const atom = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 6 });
const address = fc
  .tuple(fc.array(atom, { minLength: 1, maxLength: 3 }), fc.constantFrom(...DOMAINS))
  .map(([atoms, domain]) => `${atoms.join('.')}@${domain}`.normalize('NFC'))
  .filter((each) => !/^[-#]/.test(each));

/** Addresses that a table could take for this one. */
function others(of: string): string[] {
  const [local = '', domain = ''] = of.split('@');
  return [`q${local}`, `${local}q`, `${local}+q`, `${local}-q`, local.replace(/./u, 'q'), `${local}.q`].map(
    (each) => `${each}@${domain}`,
  );
}

testWith('postfix')('exactly the addresses that are given are taken, whatever is in them', async () => {
  const given = fc.uniqueArray(address, { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(given, (recipients) =>
      serving({ recipients }, async (smtp, postfix) => {
        const capital = recipients.filter((each) => /^[ -~]*$/.test(each)).map((each) => each.toUpperCase());
        expect(await answers([...recipients, ...capital], smtp, postfix)).toEqual(
          everyOne([...recipients, ...capital], '250'),
        );
        const refused = recipients.flatMap(others);
        expect(await answers(refused, smtp, postfix)).toEqual(everyOne(refused, '550'));
      }),
    ),
    { numRuns: 3 },
  );
});

testWith('postfix')('a delimiter and patterns take those that they say, and no other', async () => {
  const recipients = ['post@example.org', 'a+b@example.org'];
  const recipientPatterns = [
    'foi-*@example.org',
    "$x.{a}^[*]'/\\*@example.org".replace(/[[\]\\]/g, ''),
    '*@xn--e1afmkfd.example',
  ];
  const props = { recipients, recipientPatterns, recipientDelimiters: '+' };
  await serving(props, async (smtp, postfix) => {
    const taken = ['post@example.org', 'POST+list@example.org', 'a+b@example.org'];
    taken.push('foi-@example.org', 'FOI-x+y@example.org', "$x.{a}^'/1@example.org", "$x.{a}^2'/1@example.org");
    taken.push('any.one@xn--e1afmkfd.example', 'any@пример.example', 'почта@пример.example');
    expect(await answers(taken, smtp, postfix)).toEqual(everyOne(taken, '250'));
    const refused = [
      'a@example.org',
      'a+c@example.org',
      'a+b+c@example.org',
      'foi@example.org',
      'xfoi-a@example.org',
      'post-list@example.org',
    ];
    refused.push("$xy{a}^'/1@example.org", 'foi-a@example.org.evil.example', 'any@пример.example.evil.example');
    expect(await answers(refused, smtp, postfix)).toEqual(
      Object.fromEntries(refused.map((each) => [each, each.includes('evil') ? '554' : '550'])),
    );
  });
});

testWith('postfix')('each of the messages that it takes is handed over, and nothing is left', async () => {
  await serving({}, async (smtp, postfix) => {
    const taken = [
      'post@example.org',
      'POST@EXAMPLE.ORG',
      'почта@example.org',
      'post@пример.example',
      '😀@ПРИМЕР.example',
    ];
    taken.push(
      '"a b"@example.org',
      `${'x'.repeat(300)}@example.org`,
      'postmaster',
      '$x@example.org',
      'a`b@example.org',
    );
    for (const recipient of taken)
      expect([recipient, await smtp.send('one', recipient)]).toEqual([recipient, expect.stringMatching(/^250 /)]);
    const refused = [
      'double-bounce@mail.example.org',
      'postmaster@mail.example.org',
      'postmaster@[127.0.0.1]',
      'a%b@example.org',
    ];
    for (const recipient of refused)
      expect([recipient, await smtp.send('one', recipient)]).toEqual([recipient, expect.stringMatching(/^5/)]);
    await postfix.empty();
    expect(
      postfix
        .got()
        .map(({ recipient }) => recipient)
        .sort(),
    ).toEqual(taken.sort());
    expect(postfix.log()).not.toMatch(/status=(bounced|deferred)/);
  });
});

test.each<[string, Partial<MailIntakeProps>, string]>([
  [
    'an address that is none',
    { recipients: ['post'] },
    "'recipients' is 'post': write a mail address, such as 'post@example.org'",
  ],
  ...['a b', 'a"b', 'a,b', '.a', 'a.', 'a..b', 'a<b', 'a\u00a0b', 'a\u200bb', 'a\nb', '', 'a(b', '\ud800'].map(
    (local): [string, Partial<MailIntakeProps>, string] => [
      `an address with ${JSON.stringify(local)}`,
      { recipients: [`${local}@example.org`] },
      "write a mail address, such as 'post@example.org'",
    ],
  ),
  [
    'an address of another domain',
    { recipients: ['post@other.example'] },
    "'recipients' is 'post@other.example': its domain is none of example.org, xn--e1afmkfd.example; add it to domains",
  ],
  [
    'an address that is too long',
    { recipients: [`${'п'.repeat(33)}@example.org`] },
    "before the '@' it has more than 64 bytes; shorten it",
  ],
  [
    'a way to another server',
    { recipients: ['a%b@example.org'] },
    "'recipients' is 'a%b@example.org': Postfix takes '%' and '!' for a way to another server; write an address without",
  ],
  [
    'an address like an option',
    { recipients: ['-a@example.org'] },
    "'recipients' is '-a@example.org': Postfix takes none that begins with '-' or '#'; write another",
  ],
  [
    'an address that nobody sends so',
    { recipients: ['e\u0301@example.org'] },
    "write it in Unicode's form NFC, in which addresses are sent",
  ],
  [
    'a list of addresses that is empty',
    { recipients: [] },
    "'recipients' is []: name the addresses that exist, or leave it out",
  ],
  ['no pattern', { recipientPatterns: [] }, "'recipientPatterns' is []: name one or more, or leave it out"],
  [
    'a pattern for one address',
    { recipientPatterns: ['a@example.org'] },
    "'recipientPatterns' is 'a@example.org': write a '*' for any text, or name it in 'recipients'",
  ],
  [
    'a pattern for any domain',
    { recipientPatterns: ['post@*'] },
    "'recipientPatterns' is 'post@*': its domain is none of example.org, xn--e1afmkfd.example; add it to domains",
  ],
  [
    'a pattern beyond ASCII',
    { recipientPatterns: ['почта-*@example.org'] },
    'write it in ASCII: in other scripts capitals would not be taken',
  ],
  [
    'a delimiter that is none',
    { recipients: ['a@example.org'], recipientDelimiters: '$' },
    "'recipientDelimiters' is '$': write '+', or others of + - = _ .",
  ],
  [
    'a delimiter of nothing',
    { recipientDelimiters: '+' },
    "'recipientDelimiters' is '+': name 'recipients'; without, every address exists",
  ],
  [
    'a domain that stands for no name',
    { domains: ['xn--a.example'] },
    "'domains' is 'xn--a.example': it stands for no name in another script; write it as in 'xn--e1afmkfd.example'",
  ],
])('%s is an error', (_, props, message) => {
  expect(problems(intake(props))).toEqual([expect.stringContaining(message)]);
});
