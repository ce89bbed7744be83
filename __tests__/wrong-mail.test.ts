import { Size } from 'cdk8s';
import { api } from './input-samples';
import { refuses } from './wrong-values';

refuses('MailIntake', [
  ['no domains', () => ({ domains: [] }), "'domains' is []: name the domains that mail is received for"],
  [
    'a mailbox as a domain',
    () => ({ domains: ['@example.org'] }),
    "'domains' is '@example.org': write a domain in lower case, such as 'example.org'",
  ],
  [
    'a recipient of another domain',
    () => ({ recipients: ['a@other.org'] }),
    "'recipients' is 'a@other.org': its domain is none of example.org; add it to domains",
  ],
  ['an expression as a pattern', () => ({ recipientPatterns: [/x/] }), "'recipientPatterns[0]' is /x/: write text"],
  [
    'connections below nothing',
    () => ({ connectionsPerMinute: -1 }),
    "'connectionsPerMinute' is -1: write 1 to 2147483647; 0 would mean no limit",
  ],
  [
    'a volume that one message fills',
    () => ({ storage: Size.mebibytes(1) }),
    "'storage' is 1 MiB: two of the largest messages have to fit in it; write Size.mebibytes(16) or more",
  ],
  [
    'a handler without a command',
    () => ({ handler: api.MailHandler.command({ command: [] }) }),
    "'handler.command' is []: write the program that takes the messages",
  ],
  [
    'a handler with an image',
    () => ({ handler: api.MailHandler.command({ command: ['x'], image: 'y:1' }) }),
    "'handler.image' is 'y:1': there is no property of this name; leave it out, or write one of: …",
  ],
]);

refuses('MailIntake', [
  [
    'a command without RAM',
    () => ({ handler: api.MailHandler.command({ command: ['x'], ram: Size.mebibytes(0) }) }),
    "'handler.ram' is 0 MiB: write Size.mebibytes(1) or more",
  ],
  [
    'more connections than Postfix counts',
    () => ({ connectionsPerMinute: 1e12 }),
    "'connectionsPerMinute' is 1000000000000: write 1 to 2147483647; 0 would mean no limit",
  ],
  [
    'one domain twice',
    () => ({ domains: ['example.org', 'example.org'] }),
    "'domains[1]' is 'example.org': it is there twice; leave one of them out",
  ],
]);
