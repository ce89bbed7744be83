import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import {
  Durability,
  Egress,
  JobQueue,
  JobWorkers,
  MailHandler,
  MailIntake,
  MailIntakeProps,
  ReplicatedMySQL,
} from '../constructs';
import { TO_QUEUE, clientLimit, handoverLimit, messageLimit } from '../constructs/mail/postfix-ram';
import { Database } from './database';
import { INVARIANTS } from './invariants';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const ram = Size.mebibytes(256);
const handler = MailHandler.command({ command: ['/site/take', '--now'] });
const MEGABYTES_10 = 10_485_760;
const SIZES = [
  [128, 1, 4, 6],
  [256, 1, 31, 28],
  [1024, 5, 131, 156],
  [16384, 88, 1000, 2716],
] as const;

function intake(props: Partial<MailIntakeProps> = {}, site = newSite()): MailIntake {
  return new MailIntake(site, 'mail', { ram, handler, ...props });
}

function toQueue(): { objects: Manifest[] } {
  const site = newSite();
  const jobs = new JobWorkers(site, 'jobs', {
    ram,
    workers: [{ name: 'incoming', command: ['theschwartz-worker', 'Site::Incoming'] }],
    queue: JobQueue.theSchwartz({ database: new Database(site) }),
  });
  site._requireSecret({ name: 'dfw-db', namespaces: ['dfw'], keys: {} });
  const made = intake({ handler: MailHandler.queue(jobs, 'Site::Incoming') }, site);
  return { objects: synth(made) };
}

test('a job of no function is an error', () => {
  const site = newSite();
  const workers = [{ name: 'incoming', command: ['theschwartz-worker', 'Site::Incoming'] }];
  const queue = JobQueue.theSchwartz({ database: new Database(site) });
  const jobs = new JobWorkers(site, 'jobs', { ram, workers, queue });
  expect(problems(intake({ handler: MailHandler.queue(jobs, '') }, site))).toEqual([
    "[dfw/mail] 'handler.functionName' is '': write a name such as 'Site::IncomingMail'",
  ]);
});

function config(objects: Manifest[], file: string): string {
  return ofKind(objects, 'ConfigMap').find((each) => each.metadata.name.startsWith('dfw-mail-postfix-'))!.data[file];
}

/** The parameters of main.cf. */
function parameters(of: MailIntake): Record<string, string> {
  const lines = config(synth(of), 'main.cf').split('\n');
  return Object.fromEntries(
    lines.filter((line) => /^\w+ =/.test(line)).map((line) => line.split(/ = ?/, 2) as [string, string]),
  );
}

test('it is apart from all else, in a namespace at baseline', () => {
  const objects = synth(intake());
  const namespace = find(objects, 'Namespace', 'dfw-mail');
  expect(namespace.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('baseline');
  expect(find(objects, 'StatefulSet', 'dfw-mail').metadata.namespace).toBe('dfw-mail');
});

test('its program may have a way out of the cluster, and variables from Secrets that others make', () => {
  const judge = { secret: 'judge', key: 'api-key' };
  const made = intake({
    handler: MailHandler.command({
      command: ['/site/take'],
      existingSecrets: { JUDGE_KEY: judge },
      egress: [Egress.network('10.1.2.3/32', 443)],
    }),
  });
  const objects = synth(made);
  expect(find(objects, 'NetworkPolicy', 'dfw-mail-to-outside').spec.egress).toEqual([
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ port: 443, protocol: 'TCP' }] },
  ]);
  const { env } = find(objects, 'StatefulSet', 'dfw-mail').spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: 'JUDGE_KEY', valueFrom: { secretKeyRef: { name: 'judge', key: 'api-key' } } });
  expect(JSON.parse(find(objects, 'ConfigMap', 'required-secrets').data.judge)).toEqual({
    namespaces: ['dfw-mail'],
    keys: { 'api-key': 'given' },
  });
});

test('a way out of its program that is none is an error', () => {
  const egress = [Egress.port(0)];
  expect(problems(intake({ handler: MailHandler.command({ command: ['/site/take'], egress }) }))).toEqual([
    "[dfw/mail] 'handler.egress' is 0: write a port, from 1 to 65535",
  ]);
});

test('anyone may connect to port 25, and it connects to the database of the queue and the DNS alone', () => {
  const policies = ofKind(toQueue().objects, 'NetworkPolicy').filter((each) => each.metadata.namespace === 'dfw-mail');
  expect(policies.map((each) => each.metadata.name)).toEqual([
    'allow-dns',
    'deny-by-default',
    'dfw-mail-from-anywhere',
    'dfw-mail-to-dfw-db',
  ]);
  const world = policies.find((each) => each.metadata.name === 'dfw-mail-from-anywhere');
  expect(world.spec.ingress).toEqual([{ ports: [{ port: 25, protocol: 'TCP' }] }]);
});

test("the database's Secret is on the list of the mail intake's namespace, too", () => {
  const list = find(toQueue().objects, 'ConfigMap', 'required-secrets').data;
  expect(JSON.parse(list['dfw-db']).namespaces).toEqual(['dfw', 'dfw-mail']);
});

test('a message becomes a job of the function named', () => {
  const { objects } = toQueue();
  expect(config(objects, 'master.cf')).toContain(
    'argv=/usr/local/bin/hand-over ${queue_id} ${sender} ${original_recipient} mail-to-queue\n',
  );
  const { env } = find(objects, 'StatefulSet', 'dfw-mail').spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: 'MAIL_FUNCTION', value: 'Site::Incoming' });
  expect(env).toContainEqual({ name: 'QUEUE_DB_HOST', value: 'host' });
});

test('or it is handed to a command', () => {
  expect(config(synth(intake()), 'master.cf')).toContain(
    'argv=/usr/local/bin/hand-over ${queue_id} ${sender} ${original_recipient} /site/take --now\n',
  );
});

test("it receives for the site's domain alone, unless others are named", () => {
  expect(parameters(intake())).toMatchObject({
    myhostname: 'mail.example.org',
    virtual_mailbox_domains: 'example.org',
    virtual_mailbox_maps: 'static:all',
  });
  expect(parameters(intake({ domains: ['a.example', 'b.example'] }))).toMatchObject({
    virtual_mailbox_domains: 'a.example b.example',
  });
});

/** Each of Postfix's programs warns of such a parameter as it starts, postlogd too, which can then wait for itself for ever. */
test('no parameter is both in the image and among those of the site', () => {
  const image = readFileSync(join(__dirname, '../images/postfix/main.cf'), 'utf8');
  const names = [...image.matchAll(/^(\w+) =/gm)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(20);
  const given = Object.keys(parameters(intake({ recipients: ['a@example.org'], recipientDelimiters: '+' })));
  expect([...names, ...given].filter((name, at, all) => all.indexOf(name) !== at)).toEqual([]);
});

test('the size of messages and the rate of each client are bounded, and nobody is excepted', () => {
  expect(
    parameters(intake({ connectionsPerMinute: 7, messagesPerMinute: 9, largestMessage: Size.mebibytes(1) })),
  ).toMatchObject({
    message_size_limit: '1048576',
    smtpd_client_connection_rate_limit: '7',
    smtpd_client_message_rate_limit: '9',
    smtpd_client_event_limit_exceptions: '',
  });
});

test('STARTTLS is offered with the certificate of a Secret, unless it is turned off', () => {
  const objects = synth(intake());
  expect(config(objects, 'main.cf')).toContain(
    'smtpd_tls_chain_files = /etc/slices/tls/tls.key, /etc/slices/tls/tls.crt',
  );
  expect(JSON.parse(find(objects, 'ConfigMap', 'required-secrets').data['dfw-mail-tls'])).toEqual({
    namespaces: ['dfw-mail'],
    keys: { tls: 'certificate' },
    hosts: ['mail.example.org'],
  });
  expect(parameters(intake({ tls: false }))).toMatchObject({ smtpd_tls_security_level: 'none' });
});

test('each slice has a spool of its own that outlives its pod', () => {
  const { spec } = find(synth(intake({ slices: 2, storage: Size.gibibytes(1) })), 'StatefulSet', 'dfw-mail');
  expect(spec.volumeClaimTemplates.map((each: Manifest) => each.spec.resources.requests.storage)).toEqual(['1024Mi']);
  expect(spec.volumeClaimTemplates[0].spec.accessModes).toEqual(['ReadWriteOnce']);
  expect(spec.persistentVolumeClaimRetentionPolicy).toBeUndefined();
});

test("its address keeps the client's own", () => {
  const { spec } = find(synth(intake()), 'Service', 'dfw-mail-smtp');
  expect(spec).toMatchObject({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
});

test('it starts as root with no more powers than Postfix needs', () => {
  const { securityContext } = find(synth(intake()), 'StatefulSet', 'dfw-mail').spec.template.spec.containers[0];
  expect(securityContext).toMatchObject({
    runAsUser: 0,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
  });
  expect(securityContext.capabilities.drop).toEqual(['ALL']);
});

test('a changed configuration is a roll-out', () => {
  const name = (of: MailIntake) =>
    find(synth(of), 'StatefulSet', 'dfw-mail').spec.template.spec.volumes.find(
      (each: Manifest) => each.name === 'config',
    ).configMap.name;
  expect(name(intake())).not.toBe(name(intake({ messagesPerMinute: 1 })));
});

test.each(SIZES)(
  'with %i MiB of RAM, %i messages are handed over and %i clients talk at a time, and the largest message has %i MiB',
  (mebibytes, handovers, clients, largest) => {
    expect(handoverLimit(mebibytes, MEGABYTES_10, TO_QUEUE)).toBe(handovers);
    expect(clientLimit(mebibytes, MEGABYTES_10, TO_QUEUE)).toBe(clients);
    expect(messageLimit(mebibytes, TO_QUEUE)).toBe(largest);
    const tight = [handoverLimit, clientLimit].map((limit) => limit(mebibytes, largest * 1_048_576, TO_QUEUE));
    expect(tight).toEqual([1, expect.any(Number)]);
    expect(tight[1]).toBeGreaterThanOrEqual(4);
    expect(tight[1]).toBeLessThan(6);
  },
);

/** A mail intake whose messages become jobs in a database with so much RAM, in MiB. */
function queued(
  databaseRam: number,
  props: Partial<MailIntakeProps>,
  settings: Record<string, string> = {},
): MailIntake {
  const site = newSite();
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.mebibytes(databaseRam),
    durability: Durability.PREFERRED,
    databases: ['site'],
    settings,
  });
  const workers = [{ name: 'incoming', command: ['theschwartz-worker', 'Site::Incoming'] }];
  const jobs = new JobWorkers(site, 'jobs', { ram, workers, queue: JobQueue.theSchwartz({ database }) });
  return intake({ ram: Size.gibibytes(1), handler: MailHandler.queue(jobs, 'Site::Incoming'), ...props }, site);
}

test.each<[string, number, Record<string, string>, string, string]>([
  ['a job', 4096, {}, 'a job of TheSchwartz holds no more', 'Size.kibibytes(16319)'],
  [
    'a statement of the database',
    4096,
    { 'max-allowed-packet': '8M' },
    'dfw/db takes statements of 8192 KiB (max_allowed_packet)',
    'Size.kibibytes(4030)',
  ],
  ['the RAM of the database', 512, {}, 'dfw/db has no RAM to store it', 'Size.kibibytes(8128)'],
])('no message is accepted that does not fit into %s', (_, databaseRam, settings, why, most) => {
  const largest = (size: number) => queued(databaseRam, { largestMessage: Size.kibibytes(size) }, settings);
  const limit = Number(/\d+/.exec(most)![0]);
  expect(problems(largest(limit))).toEqual([]);
  expect(problems(largest(limit + 1))).toEqual([
    expect.stringContaining(`no larger one is kept, as ${why}; write ${most} or less`),
  ]);
  const byDefault = Math.min(limit, 10_240) * 1024;
  expect(parameters(queued(databaseRam, {}, settings))['message_size_limit']).toBe(String(byDefault));
});

test('a database that takes no message at all is an error', () => {
  expect(problems(queued(4096, {}, { max_allowed_packet: '128K' }))).toEqual([
    "[dfw/mail] 'handler' is 0 MiB: dfw/db takes statements of 128 KiB (max_allowed_packet), and a mail server has to take 64 KiB; give it more",
  ]);
});

test("so many messages are on their way into the queue at a time as the database's RAM allows", () => {
  const concurrency = (mebibytes: number) =>
    parameters(queued(512, { largestMessage: Size.mebibytes(mebibytes), ram: Size.gibibytes(4) }))[
      'site_destination_concurrency_limit'
    ];
  expect([1, 3, 7].map(concurrency)).toEqual(['8', '2', '1']);
});

test('a handler says what RAM one run of it takes', () => {
  const own = (mebibytes: number) =>
    intake({
      ram: Size.mebibytes(512),
      handler: MailHandler.command({ command: ['take'], ram: Size.mebibytes(mebibytes) }),
      largestMessage: Size.mebibytes(100),
    });
  expect(parameters(own(150))['site_destination_concurrency_limit']).toBe('1');
  expect(parameters(own(100))['site_destination_concurrency_limit']).toBe('2');
  expect(problems(own(444))).toEqual([]);
  expect(problems(own(445))).toEqual([
    "[dfw/mail] 'handler.ram' is 445 MiB: the slice has 444 MiB for a run of it; write Size.mebibytes(444) or less, or more ram",
  ]);
});

test('the largest message and the volume may be as tight as the RAM and two messages', () => {
  const tight = { ram: Size.mebibytes(128), largestMessage: Size.mebibytes(13), storage: Size.mebibytes(26) };
  expect(problems(intake(tight))).toEqual([]);
  expect(problems(intake({ largestMessage: Size.kibibytes(64) }))).toEqual([]);
});

test('the larger the messages, the fewer are handed over at a time', () => {
  expect(handoverLimit(1024, 4 * MEGABYTES_10, TO_QUEUE)).toBe(1);
  expect(handoverLimit(1024, 2 * MEGABYTES_10, TO_QUEUE)).toBe(3);
});

test.each(Object.keys(INVARIANTS))('%s', (rule) => {
  INVARIANTS[rule]?.(toQueue().objects);
});

test.each<[string, Partial<MailIntakeProps>, string]>([
  [
    'too little RAM',
    { ram: Size.mebibytes(64) },
    "'ram' is 64 MiB: Postfix itself takes a third of that; write Size.mebibytes(128) or more",
  ],
  ['no domain', { domains: [] }, "'domains' is []: name the domains that mail is received for"],
  [
    'a domain that is none',
    { domains: ['example'] },
    "'domains' is 'example': write a domain in lower case, such as 'example.org'",
  ],
  [
    'a host name that is none',
    { hostName: 'mail server' },
    "'hostName' is 'mail server': write a domain in lower case, such as 'example.org'",
  ],
  [
    'a command that Postfix would split',
    { handler: MailHandler.command({ command: ['/site/take', 'two words'] }) },
    "'handler.command' is 'two words': Postfix splits a command at spaces and has no quotes; put it in a script",
  ],
  [
    'an empty command',
    { handler: MailHandler.command({ command: [] }) },
    "'handler.command' is []: write the program that takes the messages",
  ],
  [
    'a message that does not fit into the RAM',
    { ram: Size.mebibytes(128), largestMessage: Size.mebibytes(25) },
    "'largestMessage' is 25 MiB: no larger one is kept, as the RAM has no room to hand it over; write Size.mebibytes(13) or less",
  ],
  [
    'no limit of the size of messages',
    { largestMessage: Size.mebibytes(0) },
    "'largestMessage' is 0 MiB: write Size.kibibytes(64) or more; 0 would mean no limit",
  ],
  [
    'a volume that is smaller than two messages',
    { storage: Size.mebibytes(64), largestMessage: Size.mebibytes(50) },
    "'storage' is 64 MiB: two of the largest messages have to fit in it; write Size.mebibytes(100) or more",
  ],
  [
    'a variable that tells of the message',
    { handler: MailHandler.command({ command: ['take'], environment: { SENDER: 'me' } }) },
    "'environment' is 'SENDER': it is given twice; take it out of one of them",
  ],
  [
    'no limit of connections',
    { connectionsPerMinute: 0 },
    "'connectionsPerMinute' is 0: write 1 to 2147483647; 0 would mean no limit",
  ],
  [
    'no limit of messages',
    { messagesPerMinute: 0 },
    "'messagesPerMinute' is 0: write 1 to 2147483647; 0 would mean no limit",
  ],
  [
    'an image that moves',
    { image: 'postfix' },
    "'image' is 'postfix': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
])('%s is an error', (_, props, message) => {
  expect(problems(intake(props))).toEqual([`[dfw/mail] ${message}`]);
});
