import { createHash } from 'node:crypto';
import { Smtp } from './smtp';
import { addressOf, bringUp, kubectl, removeNamespaces, until, withCluster } from './support';

const SITE = 'mailstore';
const MAIL = 'mailstore-mail';
/** A 64th of the 640 MiB of the database, less what is around a message. */
const LARGEST = (640 / 64) * 1_048_576 - 65_536;
/** Postfix counts what its queue file has: the envelope, a head of its own, and two bytes or three beside each line. */
const BESIDE = 65_536;

let address: string;

/** Runs Perl with the queue's module in a worker. */
function perl(code: string): Promise<string> {
  return kubectl(
    '-n',
    SITE,
    'exec',
    'deployment/mailstore-jobs',
    '-c',
    'incoming-1',
    '--',
    'perl',
    '-MJobQueue',
    '-e',
    code,
  );
}

/** The recipients of the messages with this body that reached the worker. */
async function storedFor(body: string): Promise<string[]> {
  const digest = createHash('sha256').update(`${body}\r\n`.replaceAll('\r\n', '\n')).digest('hex');
  const query = `SELECT recipient FROM got WHERE digest = '${digest}'`;
  const all = await perl(`print "$_\\n" for @{ JobQueue::dbh()->selectcol_arrayref("${query}") }`);
  return all.split('\n').slice(0, -1).sort();
}

async function stored(body: string, recipients: string[]): Promise<void> {
  await until(
    `jobs for ${recipients.length} recipients`,
    async () => {
      const got = await storedFor(body);
      if (got.length < recipients.length) throw new Error(`${got.length} of ${recipients.length}`);
      return true;
    },
    180,
  );
  expect(await storedFor(body)).toEqual([...recipients].sort());
}

async function greeted(): Promise<Smtp> {
  const smtp = await Smtp.open(address);
  await smtp.say('EHLO client.example');
  return smtp;
}

function bodyOf(bytes: number, text: string): string {
  const line = `${text.repeat(998).slice(0, 998)}\r\n`;
  return line.repeat(Math.floor(bytes / 1000)).slice(0, -2);
}

withCluster('mail that is accepted is stored', () => {
  beforeAll(async () => {
    await bringUp('e2e/sites/mail-storage.ts', {
      [SITE]: ['mailstore-db', 'mailstore-jobs'],
      [MAIL]: ['mailstore-mail'],
    });
    await until('the queue', () => perl("JobQueue::dbh()->do('SELECT 1 FROM job')"), 180);
    const columns = 'sender VARBINARY(2048), recipient VARBINARY(2048), digest CHAR(64)';
    await perl(`JobQueue::dbh()->do('CREATE TABLE IF NOT EXISTS got (id INT AUTO_INCREMENT PRIMARY KEY, ${columns})')`);
    address = await addressOf(MAIL, 'mailstore-mail-smtp');
    await until('a greeting', async () => (await Smtp.open(address)).banner.startsWith('220'), 60);
  });

  afterAll(() => removeNamespaces(SITE, MAIL));

  test.each([
    ['of plain text', 'x'],
    ['each of whose bytes is escaped on its way', "\\'\0"],
  ])('a message just below the limit, %s, becomes a job', async (_, text) => {
    const body = bodyOf(LARGEST - BESIDE, text);
    const smtp = await greeted();
    expect(await smtp.send('full', 'post@example.org', body)).toMatch(/^250 /);
    await stored(body, ['post@example.org']);
    smtp.close();
  });

  test('a message above the limit is refused, whether it says so or not', async () => {
    const smtp = await greeted();
    expect(await smtp.say(`MAIL FROM:<a@client.example> SIZE=${LARGEST + 1}`)).toMatch(/^552 /);
    await smtp.say('RSET');
    expect(await smtp.send('large', 'post@example.org', bodyOf(LARGEST + 2000, 'x'))).toMatch(/^552 /);
    smtp.close();
  });

  test('each address is refused at once, or its message becomes a job', async () => {
    const long = 'x'.repeat(300);
    const addresses = [
      'post@пример.example',
      'почта@example.org',
      'ПОЧТА@ПРИМЕР.example',
      '😀@example.org',
      'postmaster',
    ];
    addresses.push(
      'post@xn--e1afmkfd.example',
      '$x@example.org',
      'a{b@example.org',
      'a}b@example.org',
      'a=b@example.org',
    );
    addresses.push(
      `${long}1@example.org`,
      `${long}2@example.org`,
      '"a b"@example.org',
      "a'b`c@example.org",
      '-a@example.org',
    );
    addresses.push(
      'double-bounce@mail.example.org',
      'a%b@example.org',
      '@example.org',
      'Post@example.org',
      'a@@example.org',
    );
    const taken: string[] = [];
    const smtp = await greeted();
    for (const recipient of addresses) {
      const answer = await smtp.send('odd', recipient, 'odd address');
      if (answer.startsWith('250')) taken.push(recipient === '@example.org' ? '""@example.org' : recipient);
      else expect([recipient, answer]).toEqual([recipient, expect.stringMatching(/^5/)]);
      await smtp.say('RSET');
    }
    smtp.close();
    expect(taken.length).toBeGreaterThan(13);
    await stored('odd address', taken);
  });

  test('each of a hundred recipients gets a job, and the next is told to come again', async () => {
    const names = Array.from({ length: 100 }, (_, number) => `user${number}@example.org`);
    const smtp = await greeted();
    await smtp.say('MAIL FROM:<>');
    for (const name of names) expect(await smtp.say(`RCPT TO:<${name}>`)).toMatch(/^250 /);
    expect(await smtp.say('RCPT TO:<one.more@example.org>')).toMatch(/^452 /);
    await smtp.say('DATA');
    expect(await smtp.say('Subject: many\r\n\r\nmany recipients\r\n.')).toMatch(/^250 /);
    smtp.close();
    await stored('many recipients', names);
    expect(await perl("print JobQueue::dbh()->selectrow_array(q(SELECT COUNT(*) FROM got WHERE sender = ''))")).toBe(
      '100',
    );
  });

  test('then nothing is left in the spool', async () => {
    const queues = ['incoming', 'active', 'deferred', 'hold', 'maildrop', 'corrupt'].map(
      (each) => `/var/spool/postfix/${each}`,
    );
    await until('an empty spool', async () => {
      const left = await kubectl('-n', MAIL, 'exec', `${MAIL}-1`, '--', 'find', ...queues, '-type', 'f');
      if (left.trim() !== '') throw new Error(left);
      return true;
    });
    const log = await kubectl('-n', MAIL, 'logs', `${MAIL}-1`);
    expect(log).not.toMatch(/status=(bounced|deferred)/);
  });
});
