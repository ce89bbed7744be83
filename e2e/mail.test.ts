import { setTimeout as sleep } from 'node:timers/promises';
import { Smtp } from './smtp';
import {
  podsOf,
  addressOf,
  bringUp,
  get,
  kubectl,
  otherNode,
  ready,
  removeNamespaces,
  until,
  withCluster,
} from './support';

const SITE = 'mail-e2e';
const MAIL = 'mail-e2e-mail';
const STRICT = 'mail-e2e-strict';
const POD = 'mail-e2e-mail-1';

let address: string;
let strict: string;

/** Runs Perl with the queue's module in a worker. */
function perl(code: string): Promise<string> {
  const pod = ['-n', SITE, 'exec', 'deployment/mail-e2e-jobs', '-c', 'incoming-1'];
  return kubectl(...pod, '--', 'perl', '-MJobQueue', '-e', code);
}

async function column(query: string): Promise<string[]> {
  return (await perl(`print "$_\\0" for @{ JobQueue::dbh()->selectcol_arrayref("${query}") }`))
    .split('\0')
    .slice(0, -1);
}

async function received(subject: string): Promise<string> {
  return until(`the message ${subject}`, async () => {
    const [message] = await column(`SELECT message FROM got WHERE subject = '${subject}'`);
    return message;
  });
}

async function greeted(host: string): Promise<Smtp> {
  const smtp = await Smtp.open(host);
  await smtp.say('EHLO client.example');
  return smtp;
}

withCluster('mail intake', () => {
  beforeAll(async () => {
    await bringUp('e2e/sites/mail.ts', {
      [SITE]: ['mail-e2e-db', 'mail-e2e-jobs'],
      [MAIL]: ['mail-e2e-mail'],
      [STRICT]: ['mail-e2e-strict'],
    });
    await until('the queue', () => perl("JobQueue::dbh()->do('SELECT 1 FROM job')"), 180);
    await perl(
      "JobQueue::dbh()->do('CREATE TABLE IF NOT EXISTS got (id INT AUTO_INCREMENT PRIMARY KEY, subject VARCHAR(99), sender VARCHAR(99), recipient VARCHAR(99), message MEDIUMTEXT)')",
    );
    address = await addressOf(MAIL, 'mail-e2e-mail-smtp');
    strict = await addressOf(STRICT, 'mail-e2e-strict-smtp');
    await until('a greeting', async () => (await Smtp.open(address)).banner.startsWith('220'), 60);
  });

  afterAll(() => removeNamespaces(SITE, MAIL, STRICT));

  test("a message reaches a worker, and tells its sender's own address", async () => {
    const smtp = await greeted(address);
    expect(await smtp.send('plain')).toMatch(/^250 /);
    expect(await received('plain')).toContain(`[${smtp.socket.localAddress}]`);
    expect(await column("SELECT CONCAT(sender, ' ', recipient) FROM got WHERE subject = 'plain'")).toEqual([
      'sender@client.example post@example.org',
    ]);
    smtp.close();
  });

  test('mail for another domain is refused, however it is written', async () => {
    const tricks = [
      'a@other.example',
      'a%other.example@mail.example.org',
      '"a@other.example"',
      '@example.org:a@other.example',
    ];
    for (const trick of tricks) {
      const smtp = await greeted(address);
      await smtp.say('MAIL FROM:<post@example.org>');
      expect([trick, await smtp.say(`RCPT TO:<${trick}>`)]).toEqual([trick, expect.stringMatching(/^5/)]);
      smtp.close();
    }
  });

  test('mail for an address that does not exist is refused', async () => {
    const smtp = await greeted(address);
    await smtp.say('MAIL FROM:<a@client.example>');
    expect(await smtp.say('RCPT TO:<nobody@example.org>')).toMatch(/^5/);
    smtp.close();
  });

  test('a message that is too large is refused before it is sent, and one that lies about its size after', async () => {
    const smtp = await greeted(address);
    expect(await smtp.say('MAIL FROM:<a@client.example> SIZE=1048577')).toMatch(/^552 /);
    await smtp.say('RSET');
    expect(await smtp.send('large', 'post@example.org', 'x'.repeat(70).concat('\r\n').repeat(15_500))).toMatch(/^552 /);
    smtp.close();
  });

  test('a message of the largest size goes through', async () => {
    const smtp = await greeted(address);
    const body = 'x'.repeat(70).concat('\r\n').repeat(14_000);
    expect(await smtp.send('full', 'post@example.org', body)).toMatch(/^250 /);
    expect((await received('full')).length).toBeGreaterThan(14_000 * 71);
    smtp.close();
  });

  test('STARTTLS is offered', async () => {
    const smtp = await greeted(address);
    expect(await smtp.say('STARTTLS')).toMatch(/^220 /);
    const socket = await smtp.startTls();
    expect(socket.getPeerCertificate().subjectaltname).toContain('mail.example.org');
    await smtp.say('EHLO client.example');
    expect(await smtp.send('secret')).toMatch(/^250 /);
    expect(await received('secret')).toContain('TLSv1.3');
    smtp.close();
  });

  test('nothing that was accepted is lost when its programs are killed, and then its pod', async () => {
    const accepted: string[] = [];
    let going = true;
    const sender = async (name: string) => {
      for (let number = 0; going; number++) {
        try {
          const smtp = await greeted(address);
          for (let each = 0; each < 5; each++) {
            const subject = `kill-${name}-${number}-${each}`;
            if ((await smtp.send(subject)).startsWith('250')) accepted.push(subject);
            // As many as the hand-over takes within minutes: it has the RAM of one program or two at a time.
            await sleep(50);
          }
          smtp.close();
        } catch {
          await sleep(100);
        }
      }
    };
    const senders = ['a', 'b', 'c'].map(sender);
    try {
      for (let kill = 0; kill < 3; kill++) {
        await sleep(3000);
        await kubectl('-n', MAIL, 'exec', POD, '--', 'sh', '-c', 'kill -9 -1').catch(() => '');
      }
      await sleep(2000);
      await kubectl('-n', MAIL, 'delete', 'pod', POD, '--force', '--grace-period=0');
      await until('the next pod', async () => {
        const count = accepted.length;
        await sleep(3000);
        return accepted.length > count;
      });
    } finally {
      going = false;
      await Promise.all(senders);
    }
    expect(accepted.length).toBeGreaterThan(100);
    await until(
      'every message that was accepted',
      async () => {
        const got = new Set(await column("SELECT subject FROM got WHERE subject LIKE 'kill-%'"));
        const missing = accepted.filter((subject) => !got.has(subject));
        if (missing.length > 0) throw new Error(`${missing.length} of ${accepted.length} are missing: ${missing[0]}`);
        return true;
      },
      420,
    );
    process.stderr.write(`${accepted.length} messages accepted, none lost\n`);
  });

  test('a message that its program does not take is kept', async () => {
    const smtp = await greeted(strict);
    expect(await smtp.send('kept', 'anyone@example.org')).toMatch(/^250 /);
    smtp.close();
    const queue = () =>
      kubectl('-n', STRICT, 'exec', `${STRICT}-1`, '--', 'sh', '-c', 'find /var/spool/postfix/deferred -type f');
    const spooled = await until('a deferred message', async () => (await queue()).trim());
    await kubectl('-n', STRICT, 'delete', 'pod', `${STRICT}-1`);
    await ready(STRICT, ['mail-e2e-strict']);
    const name = spooled.split('/').pop() as string;
    await until('the message on the volume', async () =>
      kubectl('-n', STRICT, 'exec', `${STRICT}-1`, '--', 'find', '/var/spool/postfix', '-name', name),
    );
  });

  test('a client that connects too often is told to come later', async () => {
    const banners: string[] = [];
    for (let connection = 0; connection < 6; connection++) {
      const smtp = await Smtp.open(strict);
      banners.push(smtp.banner.slice(0, 3));
      smtp.close();
    }
    expect(banners).toContain('421');
  });

  test('from inside, it can connect to the queue and to nothing else', async () => {
    const connect = async (host: string, port: number) =>
      kubectl(
        '-n',
        MAIL,
        'exec',
        POD,
        '--',
        'perl',
        '-e',
        `use IO::Socket::INET; print IO::Socket::INET->new(PeerAddr => '${host}', PeerPort => ${port}, Timeout => 3) ? 'open' : 'closed'`,
      );
    const node = await otherNode(MAIL, POD);
    const web = (await get('-n', SITE, 'pod', (await podsOf(SITE, 'jobs'))[0])).status.podIP;
    expect(await connect(`mail-e2e-db01.${SITE}.svc.cluster.local`, 3306)).toBe('open');
    expect(await connect('kubernetes.default.svc.cluster.local', 443)).toBe('closed');
    expect(await connect(node, 10250)).toBe('closed');
    expect(await connect(web, 25)).toBe('closed');
    expect(await connect(strict, 25)).toBe('closed');
  });
});
